"""Results in the forms of other systems: FHIR resources, and cards of CDS Hooks."""

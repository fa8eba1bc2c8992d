"""An example service around lemtrada-triage: copy it, and make it yours."""

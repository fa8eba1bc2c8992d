"""The terminologies that concepts may have codes of: free ones only, with the form of their codes and their URI."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from lemtrada_triage.model import Code

HPO = "http://human-phenotype-ontology.org"  # as HL7's terminology server has it
_HPO_CODE = re.compile(r"HP:[0-9]{7}")


def _hpo(code: str) -> str:
    if not _HPO_CODE.fullmatch(code):
        raise ValueError(f"'{code}' is no code of the Human Phenotype Ontology, such as HP:0003474")
    return code


class CodesEntry(BaseModel):
    """What terminologies call a concept, as its author writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hpo: Annotated[str, AfterValidator(_hpo)] | None = None

    def coded(self) -> tuple[Code, ...]:
        """The same with the URI of each terminology, as results have them."""
        return () if self.hpo is None else (Code(system=HPO, code=self.hpo),)

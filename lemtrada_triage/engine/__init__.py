"""From facts to a decision: two engines with one meaning, and the decider that uses them."""

from lemtrada_triage.engine.decider import Decider, Decision

__all__ = ["Decider", "Decision"]

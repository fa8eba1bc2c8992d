"""``python -m lemtrada_triage`` is the command line."""

from lemtrada_triage.cli import main

main()

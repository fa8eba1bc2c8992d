"""``python -m lemtrada_triage`` is the command line."""

from lemtrada_triage.show.cli import main

main()

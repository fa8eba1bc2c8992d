"""One message in, its urgency and the reasons out."""

from lemtrada_triage import Triage, Urgency


def main() -> None:
    """Assesses one message and prints what an app would show."""
    triage = Triage()  # loads rules and vocabulary once; keep it, and share it between threads
    result = triage.assess("no fever but my left arm went numb", days_since_infusion=1)

    print(result.urgency.value, "-", result.advice)
    for rule in result.fired:
        places = ", ".join(f"{citation.source} {citation.at}" for citation in rule.citations)
        print(f"* {rule.title}: {rule.because} [{places}]")
    for mention in result.mentions:
        print(f'  "{mention.text}" -> {mention.concept}, {mention.assertion.value}')
    if result.urgency >= Urgency.GET_HELP_NOW:
        print("This one goes to a person at once.")
    print(result.disclaimer)


if __name__ == "__main__":
    main()

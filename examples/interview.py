"""One message in, then up to five questions, each with what its answers lead to: what an app's page would show."""

from lemtrada_triage import Assessment, Triage


def show(result: Assessment) -> None:
    """Prints the urgency and the next question, with what each of its choices would change and on which source."""
    print(f"{result.urgency.value} - {result.advice}")
    for question in result.ask[:1]:
        print(f"? {question.question} [{question.id}]")
        for choice in question.choices:
            places = ", ".join(f"{citation.source} {citation.at}" for citation in choice.citations)
            why = f": {choice.title} [{places}]" if choice.rule else ""
            print(f"    {choice.id} ({choice.text}) -> {choice.urgency.value}{why}")


def main() -> None:
    """Asks and answers: no to the first question, yes to the second."""
    triage = Triage()
    result = triage.assess("headache and shivering since this morning", days_since_infusion=20)
    for choice in ("no", "yes"):
        show(result)
        if result.ask:
            result = triage.answer(result, result.ask[0].id, choice)  # a new result; the old one stays as it is
    show(result)
    for answer in result.answers:
        print(f"answered: {answer.asked} {answer.said}")
    print(result.brief().model_dump_json())  # for a small screen: 1 KB at most


if __name__ == "__main__":
    main()

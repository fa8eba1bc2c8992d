"""Kinds of grave wordings that words alone must read, each beside a harmless twin: other meaning, much the same words.

No sign is the wording of the vocabulary itself, so that a kind is held and not a sentence."""

from __future__ import annotations

import pytest

from lemtrada_triage import Triage, Urgency

# A sign, and its twin.
KINDS = [
    # not to live
    ("I don't want to wake up", "I don't want to wake up my husband"),
    ("he doesn't want to go on like this", "I don't want to go on holiday"),
    ("no longer want to live", "I don't want to live in a hotel"),
    ("I'd really like to opt out of life", "what I want out of life is a garden"),
    ("going to sleep and never wake up, that is all I want", "I never go to sleep before nine"),
    ("there's no point to me", "there is no point to the meeting"),
    ("existing is pointless to carry on", "pointless to carry on about the parking"),
    ("there is no way out", "there is no way out of the contract"),
    ("my own thoughts are scaring me", "my thoughts on the scary film"),
    ("nobody will miss me", "nobody will miss me at work for one day"),
    ("I can't face another day", "I can't face another day of paperwork"),
    ("unable to go on living", "unable to go on the trip"),
    ("I have lost the will to live", "no reason to live near the clinic any more"),
    ("I'm begging for death", "I'm begging for a date"),
    ("death is the only escape", "the only escape is by the back door"),
    ("want to be with my late son", "join my late class at the gym"),
    ("she wants to be with her husband in heaven", "I want to be with my husband at the clinic"),
    ("I nearly took my own life last night", "nearly took my own car to the clinic"),
    # means
    ("lying on the train tracks", "my ticket is lying on the table by the train"),
    ("I want to walk in front of a bus", "walk in front of the bus station and turn left"),
    ("I'm going to drive into a tree", "drive into the car park behind the clinic"),
    ("I'll crash my car on purpose", "a van crashed into my wall"),
    ("throw myself out of the window", "I threw myself into my work"),
    ("I'll blow my brains out", "blow out my candles"),
    ("sitting here with a bottle of pills", "sitting in the car with a bottle of pills from the pharmacy"),
    ("I have been saving up pills", "I saved up my tablets in the box as you said"),
    ("a blade to my wrist", "held the knife to my arm of lamb"),
    ("she started cutting her arms", "been cutting my arm of the sofa to size"),
    ("he is burning himself with cigarettes", "burning my toast with the lighter"),
    ("banging his head against the door", "I hit my head on the cupboard door"),
    ("I am not safe on my own tonight", "it is not safe to drive on my own tonight"),
    ("I might do something stupid", "might do something silly for charity"),
    # breath and choking
    ("they had to do the heimlich", "the heimlich course is on Monday"),
    ("she used her epi pen", "used epi pens go in the sharps bin"),
    ("no air going in", "no air coming in through the window"),
    ("there's no sign of life", "no sign of life at reception"),
    # chest and head
    ("there is a tractor on my chest", "a toy car on my chest of drawers"),
    ("like a fist around my heart", "a hand around my heart shaped locket"),
    ("extreme pressure in my chest", "extreme pressure at work"),
    ("chest pain going through to my back", "the chest clinic called me back"),
    ("a headache like I've never known", "a film like I have never seen"),
    # stroke
    ("lost feeling below the chest", "lost below the deck"),
    ("no movement from the chest down", "no movement on the list"),
    ("can't open my left hand", "can't open my hand luggage"),
    ("can't pick my foot up", "can't pick the arm chair up"),
    ("can't move anything", "can't move anything in my diary"),
    ("can't tie my shoes since noon", "can't tie my shoes together as a joke"),
    ("has butterfingers all of a sudden", "bought a Butterfinger at the kiosk"),
    ("my face won't work", "my phone won't work"),
    ("my mouth is full of marbles", "the kids play marbles"),
    ("my brain knows what to say and my mouth does nothing", "I know what to say to her tomorrow"),
    ("it takes forever to say a sentence", "it takes forever to park"),
    ("he is unable to make himself understood", "she understood the letter"),
    ("my speech is all over the place", "my appointments are all over the place"),
    ("my mouth won't say what I want", "the letter won't say what I owe"),
    ("stuck on the same word", "stuck on the same bus"),
    ("about to bleed out", "going to bleed the radiators"),
]  # fmt: skip
# Confusion is an emergency only where it is sudden.
LESSER = [
    ("I can't find my way home", "can't find the way to the clinic"),
    ("my husband doesn't know his name", "she doesn't know her name on the list"),
    ("put the kettle in the fridge", "I put the milk in the fridge"),
    ("I don't know where I am", "I don't know where I am going on holiday"),
]


@pytest.mark.parametrize("sign", [sign for sign, _ in KINDS])
def test_a_kind_of_grave_wording_is_read_by_words_alone(triage: Triage, sign: str) -> None:
    assert triage.assess(sign, 200).urgency is Urgency.CALL_911


@pytest.mark.parametrize("sign", [sign for sign, _ in LESSER])
def test_confusion_in_other_words_is_read_by_words_alone(triage: Triage, sign: str) -> None:
    assert triage.assess(sign, 200).urgency >= Urgency.CONTACT_PROVIDER_NOW


@pytest.mark.parametrize("twin", [twin for _, twin in KINDS + LESSER])
def test_its_harmless_twin_is_no_emergency(triage: Triage, twin: str) -> None:
    assert triage.assess(twin, 200).urgency < Urgency.GET_HELP_NOW


@pytest.mark.parametrize(
    "text",
    [
        "I want more out of life", "I tried to talk to reception but no one answered", "can't open my hand luggage",
        "I don't trust myself with chocolate", "I want to do something by myself", "no sign of the letter yet",
        "I don't see the point of staying on the list", "they don't know where they are going on holiday",
    ],
)  # fmt: skip
def test_harmless_twins_of_grave_kinds_are_none(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency < Urgency.CONTACT_PROVIDER_NOW


@pytest.mark.parametrize(
    "text",
    [
        "i might do something stupid to myself", "I want to fall asleep and never wake up", "no sign of breathing",
        "he doesn't seem to be breathing", "I am unable to wake him", "can't close my hand since lunch",
        "weak from the waist down", "my tongue goes to one side", "worse than any headache", "I can't do life anymore",
        "gibberish coming out of my mouth", "I'll throw myself in front of a train", "he doesn't know where he is",
    ],
)  # fmt: skip
def test_kinds_of_grave_wordings_are_read_by_words(triage: Triage, text: str) -> None:
    assert triage.assess(text, 2).urgency is Urgency.CALL_911


@pytest.mark.parametrize(
    ("sign", "twin"),
    [
        ("I want out of this life", "check out of the hotel by ten"),
        ("I'm not safe with myself tonight", "it is not safe to park there alone"),
        ("I'll end up blowing my brains out", "brains of the family, my sister"),
        ("I've been cutting my thighs again", "the nettles were burning my legs"),
        ("she keeps banging her head against the wall", "banged my head on the cupboard, no harm done"),
        ("thinking of driving off the bridge", "the car drove over the bridge and into the car park"),
        ("he could walk in front of a train", "we walk in front of the bus stop every day"),
        ("I want to join my dead son", "be with my late shift team"),
        ("I'm going to do something stupid", "I might do something silly for charity"),
        ("I just want it all over", "I want it all over with by Monday, the paperwork"),
        ("nobody will miss me", "who will miss me on Friday if I come to the clinic"),
        ("a truck on my chest", "a bus on the chest of drawers"),
        ("mum has no idea what day it is", "no idea what day works for you"),
        ("he doesn't know his own name", "the receptionist doesn't know his name and number"),
        ("she put her phone in the microwave", "I put the milk in the fridge"),
        ("gran can't find her way home", "can't find my way home page on the portal"),
        ("he jabbed the adrenaline pen into my leg", "where do I order the adrenaline pen"),
        ("I can't open my hand", "I can't open my hand luggage"),
        ("can't move my whole body", "can't move anything in my diary"),
        ("my arm quits when I lift", "my arm is quite tanned"),
        ("she can't pick her foot up", "can't pick my foot spa up till Friday"),
        ("my mouth is full of marbles when I talk", "her mouth was full of cake"),
        ("no words, he can't get the words out", "my brother can't get his words past mum"),
        ("we had to do the heimlich on him", "a film about the man who invented the heimlich"),
        ("there's no sign of life in him", "no sign of life at reception today"),
        ("like a fist around my heart", "the fist bump emoji beside a heart"),
    ],
)
def test_a_grave_wording_is_read_by_words_and_its_harmless_twin_is_not(triage: Triage, sign: str, twin: str) -> None:
    assert triage.assess(sign, 2).urgency is Urgency.CALL_911
    assert triage.assess(twin, 2).urgency < Urgency.GET_HELP_NOW

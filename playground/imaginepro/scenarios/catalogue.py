"""All scenarios by name."""

from __future__ import annotations

from . import answers, shapes
from .scenario import EVERYTHING, SUBMISSIONS, Course, Scenario, Work

MODERATOR = "Our AI moderator thinks this prompt is probably against our community standards"
FILTERS = "Request cancelled due to image filters"
BLOCKED = "forbidden: The prompt has blocked words"

_HTML = "<html><head><title>502</title></head><body><h1>Something went wrong</h1></body></html>"
_ODD = ("Upscale (Imaginary)", "🪄 Enchant", "Remix", "Custom Zoom", "Web", "❤️", "A label " + "so long " * 12)
_MANY = tuple(f"Style {number}" for number in range(1, 31))

_REFUSALS = (
    Scenario("key-refused", "The key is refused with 401, also by Account Info.", EVERYTHING, answers.key_refused, 10),
    Scenario(
        "credits-used-up",
        "The account is empty, Account Info shows 0: until cleared, or for 20 seconds if named in a prompt.",
        SUBMISSIONS,
        answers.emptied,
        20,
        empties_account=True,
    ),
    Scenario(
        "queue-full",
        "Too many jobs wait already: 403.",
        SUBMISSIONS,
        answers.refused(403, "You have reached the maximum number of jobs being queued"),
    ),
    Scenario("prompt-refused", "The moderator refuses the prompt: 400.", SUBMISSIONS, answers.refused(400, MODERATOR)),
    Scenario(
        "prompt-refused-filters",
        "Image filters refuse the prompt: 400.",
        SUBMISSIONS,
        answers.refused(400, FILTERS),
    ),
    Scenario(
        "prompt-refused-words",
        "The prompt holds blocked words: 400.",
        SUBMISSIONS,
        answers.refused(400, f"{BLOCKED}: unicorn"),
    ),
    Scenario("success-false", "200 with success false and a reason; no job exists.", SUBMISSIONS, answers.not_accepted),
    Scenario(
        "bad-request",
        "400 with the usual error body.",
        SUBMISSIONS,
        answers.refused(400, "Request is malformed."),
    ),
    Scenario("answers-201", "Submissions answer 201 instead of 200.", SUBMISSIONS, answers.created_201),
    Scenario(
        "unknown-job",
        "The job is unknown: 404 for progress and buttons.",
        frozenset({Work.PROGRESS, Work.PRESS}),
        answers.refused(404, "Message not found"),
    ),
    Scenario(
        "too-old",
        "Buttons of the job answer 400: it is too old to be edited.",
        frozenset({Work.PRESS}),
        answers.refused(400, "This message is too old, its buttons no longer work"),
    ),
    Scenario(
        "not-readable-at-once",
        "Progress answers 404 for the first second after the submission.",
        frozenset({Work.PROGRESS}),
        answers.not_yet_readable,
        1.0,
        of_job=True,
    ),
)

_TROUBLES = (
    Scenario("html-500", "500 with an HTML page.", EVERYTHING, answers.said(500, _HTML, "text/html")),
    Scenario("empty-500", "500 with an empty body.", EVERYTHING, answers.said(500, "", "text/plain")),
    Scenario(
        "rate-limited",
        "429, whatever the pace; named in a prompt, for its first submission only.",
        EVERYTHING,
        answers.refused(429, "Too many requests"),
        once=True,
    ),
    Scenario("slow-answer", "The request is carried out and answered 10 seconds late.", EVERYTHING, answers.late, 10),
    Scenario(
        "submit-times-out",
        "The job is created, yet the answer comes only after ten minutes.",
        SUBMISSIONS,
        answers.late,
        600,
        once=True,
    ),
    Scenario(
        "submit-drops",
        "The job is created, then the connection is cut; named in a prompt, the first time only.",
        SUBMISSIONS,
        answers.done_then_cut,
        once=True,
    ),
    Scenario(
        "submit-lost",
        "The connection is cut and no job created; named in a prompt, the first time only.",
        SUBMISSIONS,
        answers.cut,
        once=True,
    ),
    Scenario(
        "down",
        "Every request's connection is reset for a minute; named in a prompt, from 31 % on.",
        seconds=60,
        outage=answers.cut,
    ),
    Scenario(
        "down-503",
        "Every request answers 503 for a minute; named in a prompt, from 31 % on.",
        seconds=60,
        outage=answers.said(503, "upstream unavailable", "text/plain"),
    ),
)

_COURSES = (
    Scenario(
        "fails-at-60",
        "The job fails at 60 % with Midjourney's own text.",
        course=Course(fails_at=60, error="Sorry! Something went wrong while making this picture, please try again"),
    ),
    Scenario(
        "no-face",
        "The job fails: no face detected, as a face swap does with a picture of none.",
        course=Course(fails_at=8, error="no face detected"),
    ),
    Scenario("moderated-late", "The finished picture is withheld.", course=Course(fails_at=93, error=FILTERS)),
    Scenario("never-ends", "The job climbs to 93 % and stays there.", course=Course(stalls_at=93, endless=True)),
    Scenario("stalls-at-46", "The job stays at 46 % until its timeout.", course=Course(stalls_at=46)),
    Scenario("cancel-ignored", "Cancel Job is accepted and changes nothing.", course=Course(ignores_cancel=True)),
    Scenario("no-webhooks", "No webhook is sent.", course=Course(webhooks=0)),
    Scenario("webhooks-twice", "Every webhook is sent twice.", course=Course(webhooks=2)),
)

_SHAPES = (
    Scenario("unknown-status", "A running job has a status nobody knows.", shape=shapes.unknown_status),
    Scenario("missing-status", "The older record: no status, no images.", shape=shapes.without("status", "images")),
    Scenario("missing-progress", "The record has no progress.", shape=shapes.without("progress")),
    Scenario("progress-as-text", 'Progress is text: "45".', shape=shapes.progress_as("{}")),
    Scenario("progress-as-percent", 'Progress is text with a sign: "45%".', shape=shapes.progress_as("{}%")),
    Scenario("no-buttons", "The finished record has no buttons.", shape=shapes.without("buttons")),
    Scenario("unknown-buttons", "Labels nobody knows are among the buttons.", shape=shapes.with_buttons(*_ODD)),
    Scenario("custom-zoom", "Custom Zoom is among the buttons of a single picture.", offers=("Custom Zoom",)),
    Scenario("many-buttons", "Thirty more labels are among the buttons.", shape=shapes.with_buttons(*_MANY)),
    Scenario(
        "either-parent-spelling",
        "The parent is called originalMessageId instead of originatingMessageId.",
        shape=shapes.other_parent_spelling,
    ),
    Scenario("no-message-id", "The record does not repeat the job's id.", shape=shapes.without("messageId")),
    Scenario("done-without-uri", "DONE at 100 %, but without a picture.", shape=shapes.done_without("uri", "images")),
    Scenario(
        "done-without-texts", "DONE, but without the prompts of a describe.", shape=shapes.done_without("response")
    ),
    Scenario("extra-fields", "The record holds fields nobody documented.", shape=shapes.extra_fields),
    Scenario("offset-times", "Times have an offset and no milliseconds.", shape=shapes.offset_times),
    Scenario(
        "small-fail",
        "The job fails at 31 % and its record is status and error only.",
        course=Course(fails_at=31, error=FILTERS),
        shape=shapes.small_failure,
    ),
    Scenario("cancel-listed", "Cancel Job is among a running job's buttons.", shape=shapes.cancel_listed),
)

_PICTURES = (
    Scenario("picture-gone", "The finished picture answers 404.", picture="gone"),
    Scenario("picture-too-big", "The finished picture's file has more than 12 MB.", picture="too-big"),
)

GROUPS: dict[str, tuple[Scenario, ...]] = {
    "Refusals": _REFUSALS,
    "The service in trouble": _TROUBLES,
    "Jobs that go wrong": _COURSES,
    "Unusual records": _SHAPES,
    "Pictures": _PICTURES,
}

CATALOGUE: dict[str, Scenario] = {scenario.name: scenario for group in GROUPS.values() for scenario in group}

"""All faults by name."""

from __future__ import annotations

from playground.imaginepro.jobs.fault import EVERYTHING, SUBMISSIONS, Fault, JobBehaviour, RequestKind

from . import record_faults, response_faults
from .unusual_endings import ENDINGS, FILTERS

MODERATOR = "Our AI moderator thinks this prompt is probably against our community standards"
BLOCKED = "forbidden: The prompt has blocked words"

_HTML = "<html><head><title>502</title></head><body><h1>Something went wrong</h1></body></html>"
_ODD = ("Upscale (Imaginary)", "🪄 Enchant", "Remix", "Custom Zoom", "Web", "❤️", "A label " + "so long " * 12)
_MANY = tuple(f"Style {number}" for number in range(1, 31))

_REFUSALS = (
    Fault(
        "key-refused", "The key is refused with 401, also by Account Info.", EVERYTHING, response_faults.refuse_key, 10
    ),
    Fault(
        "credits-used-up",
        "The account is empty, Account Info shows 0: until cleared, or for 20 seconds if named in a prompt.",
        SUBMISSIONS,
        response_faults.empty_account,
        20,
        empties_account=True,
    ),
    Fault(
        "queue-full",
        "Too many jobs wait already: 403.",
        SUBMISSIONS,
        response_faults.refuse(403, "You have reached the maximum number of jobs being queued"),
    ),
    Fault(
        "prompt-refused", "The moderator refuses the prompt: 400.", SUBMISSIONS, response_faults.refuse(400, MODERATOR)
    ),
    Fault(
        "prompt-refused-filters",
        "Image filters refuse the prompt: 400.",
        SUBMISSIONS,
        response_faults.refuse(400, FILTERS),
    ),
    Fault(
        "prompt-refused-words",
        "The prompt holds blocked words: 400.",
        SUBMISSIONS,
        response_faults.refuse(400, f"{BLOCKED}: unicorn"),
    ),
    Fault(
        "success-false",
        "200 with success false and a reason; no job exists.",
        SUBMISSIONS,
        response_faults.answer_success_false,
    ),
    Fault(
        "bad-request",
        "400 with the usual error body.",
        SUBMISSIONS,
        response_faults.refuse(400, "Request is malformed."),
    ),
    Fault("answers-201", "Submissions answer 201 instead of 200.", SUBMISSIONS, response_faults.respond_201),
    Fault(
        "unknown-job",
        "The job is unknown: 404 for progress and buttons.",
        frozenset({RequestKind.PROGRESS, RequestKind.PRESS}),
        response_faults.refuse(404, "Message not found"),
    ),
    Fault(
        "unknown-job-400",
        "The job is unknown: 400 for progress and buttons.",
        frozenset({RequestKind.PROGRESS, RequestKind.PRESS}),
        response_faults.refuse(400, "messageId is not valid"),
    ),
    Fault(
        "unknown-job-200",
        "The job is unknown: progress says so with 200 and success false.",
        frozenset({RequestKind.PROGRESS}),
        response_faults.answer_unknown_job,
    ),
    Fault(
        "too-old",
        "Buttons of the job answer 400: it is too old to be edited.",
        frozenset({RequestKind.PRESS}),
        response_faults.refuse(400, "This message is too old, its buttons no longer work"),
    ),
    Fault(
        "not-readable-at-once",
        "Progress answers 404 for the first second after the submission.",
        frozenset({RequestKind.PROGRESS}),
        response_faults.hide_new_job(404),
        1.0,
        of_job=True,
    ),
    Fault(
        "not-valid-at-once",
        "Progress answers 400 for the first second after the submission.",
        frozenset({RequestKind.PROGRESS}),
        response_faults.hide_new_job(400),
        1.0,
        of_job=True,
    ),
    Fault(
        "no-uploads",
        "There is no call for uploads: 404.",
        frozenset({RequestKind.UPLOAD}),
        response_faults.refuse(404, "Cannot POST /api/v1/discord/image/upload/url"),
    ),
    Fault(
        "upload-refused",
        "The storage refuses the upload's token: 403.",
        frozenset({RequestKind.STORE}),
        response_faults.refuse(403, "signature verification failed"),
    ),
    Fault(
        "upload-lost",
        "The storage confirms an upload and keeps nothing.",
        frozenset({RequestKind.STORE}),
        response_faults.text_response(200, "{}", "application/json"),
    ),
)

_TROUBLES = (
    Fault("html-500", "500 with an HTML page.", EVERYTHING, response_faults.text_response(500, _HTML, "text/html")),
    Fault("empty-500", "500 with an empty body.", EVERYTHING, response_faults.text_response(500, "", "text/plain")),
    Fault(
        "rate-limited",
        "429, whatever the pace; named in a prompt, for its first submission only.",
        EVERYTHING,
        response_faults.refuse(429, "Too many requests"),
        once=True,
    ),
    Fault(
        "slow-answer",
        "The request is carried out and answered 10 seconds late.",
        EVERYTHING,
        response_faults.delay_response,
        10,
    ),
    Fault(
        "submit-times-out",
        "The job is created, yet the answer comes only after ten minutes.",
        SUBMISSIONS,
        response_faults.delay_response,
        600,
        once=True,
    ),
    Fault(
        "submit-drops",
        "The job is created, then the connection is cut; named in a prompt, the first time only.",
        SUBMISSIONS,
        response_faults.cut_after_work,
        once=True,
    ),
    Fault(
        "submit-lost",
        "The connection is cut and no job created; named in a prompt, the first time only.",
        SUBMISSIONS,
        response_faults.cut_connection,
        once=True,
    ),
    Fault(
        "down",
        "Every request's connection is reset for a minute; named in a prompt, from 31 % on.",
        seconds=60,
        outage=response_faults.cut_connection,
    ),
    Fault(
        "down-503",
        "Every request answers 503 for a minute; named in a prompt, from 31 % on.",
        seconds=60,
        outage=response_faults.text_response(503, "upstream unavailable", "text/plain"),
    ),
)

_JOBS = (
    Fault(
        "fails-at-60",
        "The job fails at 60 % with Midjourney's own text.",
        behaviour=JobBehaviour(
            fails_at=60, error="Sorry! Something went wrong while making this picture, please try again"
        ),
    ),
    Fault(
        "no-face",
        "The job fails: no face detected, as a face swap does with a picture of none.",
        behaviour=JobBehaviour(fails_at=8, error="no face detected"),
    ),
    Fault("moderated-late", "The finished picture is withheld.", behaviour=JobBehaviour(fails_at=93, error=FILTERS)),
    Fault("never-ends", "The job climbs to 93 % and stays there.", behaviour=JobBehaviour(stalls_at=93, endless=True)),
    Fault("stalls-at-46", "The job stays at 46 % until its timeout.", behaviour=JobBehaviour(stalls_at=46)),
    Fault("cancel-ignored", "Cancel Job is accepted and changes nothing.", behaviour=JobBehaviour(ignores_cancel=True)),
    Fault("no-webhooks", "No webhook is sent.", behaviour=JobBehaviour(webhooks=0)),
    Fault("webhooks-twice", "Every webhook is sent twice.", behaviour=JobBehaviour(webhooks=2)),
)

_RECORDS = (
    Fault("unknown-status", "A running job has a status nobody knows.", reshape=record_faults.unknown_status),
    Fault(
        "missing-status", "The older record: no status, no images.", reshape=record_faults.without("status", "images")
    ),
    Fault("missing-progress", "The record has no progress.", reshape=record_faults.without("progress")),
    Fault("progress-as-text", 'Progress is text: "45".', reshape=record_faults.progress_as("{}")),
    Fault("progress-as-percent", 'Progress is text with a sign: "45%".', reshape=record_faults.progress_as("{}%")),
    Fault("no-buttons", "The finished record has no buttons.", reshape=record_faults.without("buttons")),
    Fault("unknown-buttons", "Labels nobody knows are among the buttons.", reshape=record_faults.with_buttons(*_ODD)),
    Fault(
        "video-url-only", "A film's address is in videoUrl, and there is no uri.", reshape=record_faults.video_url_only
    ),
    Fault("many-buttons", "Thirty more labels are among the buttons.", reshape=record_faults.with_buttons(*_MANY)),
    Fault(
        "either-parent-spelling",
        "The parent is called originalMessageId instead of originatingMessageId.",
        reshape=record_faults.other_parent_spelling,
    ),
    Fault("no-message-id", "The record does not repeat the job's id.", reshape=record_faults.without("messageId")),
    Fault("no-ref", "The record does not repeat the ref of its submission.", reshape=record_faults.without("ref")),
    Fault(
        "done-without-uri", "DONE at 100 %, but without a picture.", reshape=record_faults.done_without("uri", "images")
    ),
    Fault(
        "done-without-texts",
        "DONE, but without the prompts of a describe.",
        reshape=record_faults.done_without("response"),
    ),
    Fault(
        "flags-in-longer-prompt",
        "A prompt that was written out at greater length contains flags, braces and a URL.",
        frozenset({RequestKind.TOOL}),
        response_faults.add_flags,
    ),
    Fault("extra-fields", "The record holds fields nobody documented.", reshape=record_faults.extra_fields),
    Fault("offset-times", "Times have an offset and no milliseconds.", reshape=record_faults.offset_times),
    Fault(
        "small-fail",
        "The job fails at 31 % and its record is status and error only.",
        behaviour=JobBehaviour(fails_at=31, error=FILTERS),
        reshape=record_faults.small_failure,
    ),
    Fault(
        "long-preview",
        "A running job's preview has a longer address than Discord takes.",
        reshape=record_faults.preview_with_query("sig=" + "x" * 2100),
    ),
    Fault("cancel-listed", "Cancel Job is among a running job's buttons.", reshape=record_faults.cancel_listed),
)

_PICTURES = (
    Fault("picture-gone", "The finished picture answers 404.", picture="gone"),
    Fault("picture-too-big", "The finished picture's file has more than 12 MB.", picture="too-big"),
)

GROUPS: dict[str, tuple[Fault, ...]] = {
    "Refusals": _REFUSALS,
    "The service in trouble": _TROUBLES,
    "Jobs that go wrong": _JOBS,
    "Unusual records": _RECORDS,
    "Unusual endings": ENDINGS,
    "Pictures": _PICTURES,
}

CATALOGUE: dict[str, Fault] = {fault.name: fault for group in GROUPS.values() for fault in group}

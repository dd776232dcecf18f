"""What a function finds around it: variables and its context."""

from __future__ import annotations

import re
from typing import Final

from lab.validate.probe import GUIDE, Probe
from lab.validate.probed_function import ProbedFunction

_VARIABLES: Final = f"{GUIDE}/configuration-envvars.html"
_CONTEXT: Final = f"{GUIDE}/python-context.html"
# the table of the page, without what other languages get
_DEFINED: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
        *("LANG", "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "TZ"),
        *("AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS"),
    }
)
_DIRECTORIES: Final = "/var/task, /var/runtime"
_STREAM: Final = re.compile(r"\d{4}/\d\d/\d\d/\[(\$LATEST|\d+)\][0-9a-f]+")


def _defined(function: ProbedFunction) -> str:
    missing = sorted(_DEFINED - set(function.facts["environment"]))
    return f"all but {', '.join(missing)}" if missing else "all"


def _other(function: ProbedFunction) -> str:
    own = set(function.configuration.get("Environment", {}).get("Variables", {}))
    return ", ".join(sorted(set(function.facts["environment"]) - _DEFINED - own)) or "none"


def _directories(function: ProbedFunction) -> str:
    values = function.facts["values"]
    found = f"{values['LAMBDA_TASK_ROOT']}, {values['LAMBDA_RUNTIME_DIR']}"
    return found if found == _DIRECTORIES else "others"


def _runtime(function: ProbedFunction) -> str:
    version = ".".join(function.facts["python"].split(".")[:2])
    expected = f"AWS_Lambda_python{version}"
    return "AWS_Lambda_ and the runtime" if function.facts["values"]["AWS_EXECUTION_ENV"] == expected else "another"


def _context(function: ProbedFunction) -> str:
    context = function.facts["context"]
    expected = {
        "function_version": "$LATEST",
        "memory_limit_in_mb": str(function.configuration["MemorySize"]),
        "function_name": function.configuration["FunctionName"],
        "log_group_name": f"/aws/lambda/{function.configuration['FunctionName']}",
        "invoked_function_arn": function.configuration["FunctionArn"],
        "has_identity": "True",
    }
    wrong = sorted(name for name, value in expected.items() if str(context[name]) != value)
    return f"all but {', '.join(wrong)}" if wrong else "all, as configured"


def _stream(function: ProbedFunction) -> str:
    matches = _STREAM.fullmatch(function.facts["context"]["log_stream_name"] or "")
    return "YYYY/MM/DD/[version]id" if matches else "another form"


def _deadline(function: ProbedFunction) -> str:
    first, later = function.facts["context"]["remaining_ms"]
    counts_down = 0 < later < first <= 1000 * function.timeout_s
    return "counts down from the timeout" if counts_down else "does not"


def _arn(function: ProbedFunction) -> str:
    arn = function.send(b'{"do": "facts"}', Qualifier="$LATEST").value["context"]["invoked_function_arn"]
    return "has the qualifier" if arn == f"{function.configuration['FunctionArn']}:$LATEST" else "has none"


def _locale(function: ProbedFunction) -> str:
    values = function.facts["values"]
    return f"TZ {values['TZ']}, LANG {values['LANG']}"


PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(trait="Lambda's variables", documented="all", source=_VARIABLES, look=_defined),
    Probe(trait="other variables", documented="", source=_VARIABLES, look=_other),
    Probe(
        trait="package and runtime directory",
        documented=_DIRECTORIES,
        source=_VARIABLES,
        look=_directories,
    ),
    Probe(trait="time zone and locale", documented="TZ :UTC, LANG en_US.UTF-8", source=_VARIABLES, look=_locale),
    Probe(trait="AWS_EXECUTION_ENV", documented="AWS_Lambda_ and the runtime", source=_VARIABLES, look=_runtime),
    Probe(
        trait="AWS_LAMBDA_INITIALIZATION_TYPE",
        documented="on-demand",
        source=_VARIABLES,
        look=lambda function: str(function.facts["values"]["AWS_LAMBDA_INITIALIZATION_TYPE"]),
    ),
    Probe(trait="context fields", documented="all, as configured", source=_CONTEXT, look=_context),
    Probe(trait="context: remaining time", documented="counts down from the timeout", source=_CONTEXT, look=_deadline),
    Probe(trait="context: ARN of a qualified invocation", documented="has the qualifier", source=_CONTEXT, look=_arn),
    Probe(
        trait="log stream name",
        documented="YYYY/MM/DD/[version]id",
        source=f"{GUIDE}/monitoring-cloudwatchlogs-view.html",
        look=_stream,
    ),
)

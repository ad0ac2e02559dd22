# shellcheck shell=bash
# How node.sh speaks, reads its settings, remembers finished steps and waits for conditions.

# progress STEP STATE MESSAGE: one JSON line, on stdout for the driver and in the log for people.
progress() {
    local line now=${EPOCHREALTIME/,/.} # with the locale's decimal point
    line="{\"time\": ${now%???}, \"step\": $(json_text "$1"), \"state\": $(json_text "$2"), \"message\": $(json_text "$3")}"
    printf '%s\n' "$line" >&3
    printf '%s\n' "$line" >>"$LOG"
}

# json_text TEXT: as a JSON string; control characters other than line feed and tab become spaces
json_text() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    printf '"%s"' "${text//[[:cntrl:]]/ }"
}

die() {
    progress "${CURRENT_STEP:-$SUBCOMMAND}" failed "$1"
    printf 'node.sh: %s: %s\n' "${CURRENT_STEP:-$SUBCOMMAND}" "$1" >&4
    exit 1
}

# note_end STATUS: a tool that fails under errexit would otherwise leave without a word. What still
# runs beside is waited for, for it holds this node's lock and goes on changing the node.
BESIDE=()
note_end() {
    if ((BASHPID == $$ && ${#BESIDE[@]})); then wait "${BESIDE[@]}" || true; fi
    (($1 == 0)) || printf 'node.sh: %s ended with status %s\n' "${CURRENT_STEP:-$SUBCOMMAND}" "$1" >>"$LOG"
}

# load_settings: reads cluster.json and node.json once, for a node asks for dozens of values and
# each start of an interpreter costs it more than all of them
declare -A SETTINGS=()
load_settings() {
    local pairs index
    mapfile -d '' -t pairs < <(python3 - "$HOME_DIR" <<'PY'
import json, os, sys

def walk(keys, value):
    if value is not None:
        text = value if isinstance(value, str) else json.dumps(value)
        sys.stdout.write("/".join(keys) + "\0" + text + "\0")
    if isinstance(value, dict):
        for key, inner in value.items():
            walk([*keys, key], inner)

for name in ("cluster", "node"):
    path = f"{sys.argv[1]}/{name}.json"
    if os.path.exists(path):
        with open(path) as source:
            walk([name], json.load(source))
PY
    )
    for ((index = 0; index + 1 < ${#pairs[@]}; index += 2)); do
        SETTINGS[${pairs[index]}]=${pairs[index + 1]}
    done
}

# setting FILE KEY...: the value at a path; empty for null or a missing key; JSON for a map, list or
# number. A file that was not there is told.
setting() {
    [[ -n ${SETTINGS[$1]:-} ]] || die "$HOME_DIR/$1.json is missing or is no JSON"
    local IFS=/
    printf '%s\n' "${SETTINGS[$*]:-}"
}
cluster() { setting cluster "$@"; }
node() { setting node "$@"; }

# step NAME INPUTS FUNCTION: runs FUNCTION unless it ended well with the same inputs before. Another
# text of FUNCTION counts as another input, but for what would take a living node out of its cluster.
step() {
    local name=$1 inputs=$2 run=$3
    CURRENT_STEP=$name
    if finished "$@"; then
        progress "$name" skipped "already done"
        return
    fi
    progress "$name" started ""
    "$run"
    step_digest "$@" >"$STEP_DIR/$name.new"
    mv "$STEP_DIR/$name.new" "$STEP_DIR/$name"
    progress "$name" "done" ""
}

step_digest() {
    local name=$1 inputs=$2 run=$3 text
    text=$(declare -f "$run")
    case $name in init | join) text= ;; esac
    printf '%s\n%s\n' "$inputs" "$text" | sha256sum | cut -d' ' -f1
}

# finished NAME INPUTS FUNCTION: whether that step ended well with these inputs
finished() { [[ -f $STEP_DIR/$1 && $(<"$STEP_DIR/$1") == "$(step_digest "$@")" ]]; }

# beside COMMAND...: begins it in the background; `together` waits for all that was begun so, and
# ends with a failure of any of them, which has told its reason itself
beside() {
    (
        trap 'note_end $?' EXIT
        "$@"
    ) &
    BESIDE+=("$!")
}
together() {
    local pid failed=0
    for pid in "${BESIDE[@]}"; do wait "$pid" || failed=1; done
    BESIDE=()
    ((failed == 0)) || exit 1
}

# await SECONDS WHAT COMMAND...: polls a condition until it holds or the deadline passes.
await() {
    local seconds=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + seconds))
    until "$@"; do
        ((SECONDS < deadline)) || die "$what: not within $seconds s"
        sleep 0.5 # the pause of a poll with a deadline
    done
}

# write_private FILE: stdin into FILE, mode 0600, at once or not at all.
write_private() {
    mkdir -p "$(dirname "$1")"
    (umask 077 && cat >"$1.new")
    mv "$1.new" "$1"
}

# shellcheck shell=bash
# What every part of the lab shares: talk, failure with the log that explains it, daemons by name, and waiting.

LAB_STARTED_AT=$SECONDS

say() { printf '[%3ds] %s\n' $((SECONDS - LAB_STARTED_AT)) "$*" >&2; }

# fail MESSAGE [HINT]
fail() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf '\nhint: %s\n' "$2" >&2
  exit 1
}

# fail_with_log NAME MESSAGE: the last lines of what the daemon or step NAME wrote are the reason
fail_with_log() {
  local file
  printf 'error: %s: %s\n' "$1" "$2" >&2
  for file in "$LAB/log/$1.out" "$LAB/log/$1.log"; do
    [ -s "$file" ] || continue
    printf -- '--- last lines of %s\n' "$file" >&2
    tail -n 15 "$file" >&2
  done
  exit 1
}

# logged NAME COMMAND...: a step that must succeed, its output in log/NAME.out
logged() {
  local name=$1
  shift
  "$@" >>"$LAB/log/$name.out" 2>&1 </dev/null || fail_with_log "$name" "\`$1\` failed"
}

# await NAME SECONDS WHAT COMMAND...: until COMMAND succeeds, as long as the daemon NAME lives
await() {
  local name=$1 deadline=$((SECONDS + $2)) seconds=$2 what=$3
  shift 3
  until "$@"; do
    running "$name" || fail_with_log "$name" "ended before it $what"
    ((SECONDS < deadline)) || fail_with_log "$name" "not within $seconds s: $what"
    sleep 0.2
  done
}

# A pid alone may be another process's by now; with its start time (field 22 of stat) it is one process.
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra stat <<<"${stat##*) }"
  [ "${stat[0]}" != Z ] && printf '%s\n' "${stat[19]}"
}

running() {
  local pid started
  { read -r pid started <"$LAB/run/$1.pid"; } 2>/dev/null || return 1
  [ "$(start_time "$pid")" = "$started" ]
}

daemon_pid() { cut -d' ' -f1 "$LAB/run/$1.pid"; }

# spawn NAME COMMAND...: a daemon in a session of its own, unless it runs already with this command and configuration
spawn() {
  local name=$1 wanted
  shift
  wanted=$(fingerprint "$@")
  if running "$name"; then
    if [ "$wanted" = "$(cat "$LAB/run/$name.fingerprint" 2>/dev/null)" ]; then return; fi
    say "$name: its program or configuration has changed, restarting it"
    stop "$name" 20
  fi
  echo "$wanted" >"$LAB/run/$name.fingerprint"
  setsid nohup "$@" >>"$LAB/log/$name.out" 2>&1 </dev/null 9>&- &
  disown
  printf '%s %s\n' $! "$(start_time $!)" >"$LAB/run/$name.pid"
}

# fingerprint WORD...: of a command, and of what it names of the lab's configuration and programs (a file, a directory)
fingerprint() {
  local word path file
  for word in "$@"; do
    printf '%s\n' "$word"
    path=${word#*=}
    case $path in "$LAB"/etc/* | "$KIT"/*) ;; *) continue ;; esac
    for file in "$path" "$path"/*; do
      if [ -f "$file" ]; then cat "$file"; fi
    done
  done | sha256sum
}

# stop NAME SECONDS: asks, waits, then ends the daemon's whole process group
stop() {
  local name=$1 deadline=$((SECONDS + $2)) pid
  if running "$name"; then
    pid=$(daemon_pid "$name")
    kill -TERM "$pid"
    while running "$name"; do
      if ((SECONDS >= deadline)); then
        say "$name ($pid) did not stop within $2 s: killed"
        kill -KILL -- "-$pid"
        break
      fi
      sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true # workers that outlived their master
  fi
  rm -f "$LAB/run/$name.pid"
}

# answers URL STATUS...: one of the HTTP statuses comes back
answers() {
  local url=$1 status
  shift
  status=$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$url") || return 1
  [[ " $* " == *" $status "* ]]
}

# once NAME COMMAND...: what needs doing once in the life of the lab's data
once() {
  local mark=$LAB/data/done-$1
  shift
  if [ -e "$mark" ]; then return; fi
  "$@"
  touch "$mark"
}

# once_for NAME FILE... -- COMMAND...: once for each state of the files: a lab that exists gets what a newer checkout adds
once_for() {
  local mark=$LAB/data/done-$1 files=() state
  shift
  while [ "$1" != -- ]; do
    files+=("$1")
    shift
  done
  shift
  state=$(cat "${files[@]}" | sha256sum)
  if [ -e "$mark" ] && [ "$state" = "$(<"$mark")" ]; then return; fi
  "$@"
  echo "$state" >"$mark"
}

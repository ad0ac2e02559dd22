# shellcheck shell=bash
# What goes wrong at a site, by name and on demand. A fault that lasts has a file in run/faults, with an argument a line;
# the mirror and nodectl look there themselves. Each NAME has NAME_on, NAME_off and NAME_holds, which is the proof.

FAULTS=$LAB/run/faults
FAULTS_ALONE=(node-never-boots mirror-silent barbican-away)
FAULTS_OF_A_FILE=(mirror-lies)
FAULTS_OF_A_SERVER=(ssh-refused kubelet-dead server-dead)
SECONDS_TO_HOLD=15

list_of_faults() {
  cat <<EOF
faults:
  node-never-boots      servers made from now on are ACTIVE for Nova, but never boot and have no address
  ssh-refused SERVER    connections to its port 22 are refused, those that are open are cut
  kubelet-dead SERVER   its kubelet is killed and cannot be started again
  server-dead SERVER    its container is killed; Nova still calls it ACTIVE
  mirror-lies FILE      the file, named as below the mirror's address, has other bytes of the same number
  mirror-silent         the mirror takes connections and says nothing
  barbican-away         Barbican does not run
  conductor-killed      Tacker's conductor is killed amid its work and started again; there is nothing to clear
EOF
}

# fault NAME [ARGUMENT] | clear [NAME [ARGUMENT]]
fault() {
  local name=${1:-} argument=''
  [ -n "$name" ] || usage_error "fault needs a name"
  shift
  if [ "$name" = clear ]; then
    take_turn
    clear_faults "$@"
    return
  fi
  case " ${FAULTS_ALONE[*]} conductor-killed " in
    *" $name "*) [ $# = 0 ] || usage_error "$name takes no argument" ;;
    *)
      [[ " ${FAULTS_OF_A_FILE[*]} ${FAULTS_OF_A_SERVER[*]} " == *" $name "* ]] || usage_error "unknown fault \`$name\`"
      [ $# = 1 ] || usage_error "$name takes one argument"
      argument=$1
      ;;
  esac
  take_turn
  if [ "$name" = conductor-killed ]; then
    kill_conductor
    return
  fi
  if is_of_a_server "$name"; then argument=$(server_directory "$argument"); fi
  make_fault "$name" "$argument"
}

is_of_a_server() { [[ " ${FAULTS_OF_A_SERVER[*]} " == *" $1 "* ]]; }

# make_fault NAME ARGUMENT
make_fault() {
  local kind=${1//-/_}
  if noted "$1" "$2" && "${kind}_holds" "$2"; then
    say "$(for_people "$1" "$2"): already so"
    return
  fi
  note "$1" "$2"
  "${kind}_on" "$2"
  if ! within "$SECONDS_TO_HOLD" "${kind}_holds" "$2"; then
    "${kind}_off" "$2"
    forget "$1" "$2"
    fail "$(for_people "$1" "$2") took no effect within $SECONDS_TO_HOLD s, so it was cleared again"
  fi
  say "$(for_people "$1" "$2")"
}

# clear_faults [NAME [ARGUMENT]]: all, or those of a name, or one
clear_faults() {
  local name argument only=${2:-}
  if [ -n "$only" ] && is_of_a_server "$1"; then only=$(server_directory "$only"); fi
  while IFS=$'\t' read -r name argument && [ -n "$name" ]; do
    if [ -n "${1:-}" ] && [ "$name" != "$1" ]; then continue; fi
    if [ -n "$only" ] && [ "$argument" != "$only" ]; then continue; fi
    clear_fault "$name" "$argument"
  done <<<"$(noted_faults)"
}

# clear_fault NAME ARGUMENT
clear_fault() {
  local kind=${1//-/_}
  forget "$1" "$2" # first: the mirror and nodectl go by it
  if is_of_a_server "$1" && [ ! -e "$2/env" ]; then return; fi
  "${kind}_off" "$2" </dev/null
  if within "$SECONDS_TO_HOLD" not "${kind}_holds" "$2"; then
    say "cleared: $(for_people "$1" "$2")"
  else
    note "$1" "$2"
    fail "$(for_people "$1" "$2") is still in effect"
  fi
}

# The faults that are on, one a line; those of servers that are gone are gone with them.
show_faults() {
  local name argument
  while IFS=$'\t' read -r name argument && [ -n "$name" ]; do
    if is_of_a_server "$name" && [ ! -e "$argument/env" ]; then
      forget "$name" "$argument"
    elif "${name//-/_}_holds" "$argument" </dev/null; then
      for_people "$name" "$argument"
    else
      echo "$(for_people "$name" "$argument") (was undone by something else)"
    fi
  done <<<"$(noted_faults)"
}

# The notes

note() {
  mkdir -p "$FAULTS"
  if ! noted "$1" "$2"; then printf '%s\n' "$2" >>"$FAULTS/$1"; fi
}
noted() { [ -e "$FAULTS/$1" ] && grep -qxF -e "$2" "$FAULTS/$1"; }
forget() {
  local left
  left=$(grep -vxF -e "$2" "$FAULTS/$1") || { rm -f "$FAULTS/$1" && return; }
  printf '%s\n' "$left" >"$FAULTS/$1"
}
noted_faults() {
  local file argument
  for file in "$FAULTS"/*; do
    [ -e "$file" ] || continue
    while read -r argument; do printf '%s\t%s\n' "${file##*/}" "$argument"; done <"$file"
  done
}
for_people() { if is_of_a_server "$1"; then echo "$1 $(server_name "$2")"; else echo "$1${2:+ $2}"; fi; }
server_name() { sed -n 's/^NODE_HOSTNAME=//p' "$1/env"; }

not() { ! "$@"; }

# within SECONDS CONDITION...
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" </dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# Of servers. ARGUMENT is the server's directory.

# nodectl reads the note at a server's first start. A server that has not booted does so at its next (hard) reboot.
node_never_boots_on() { :; }
node_never_boots_off() { rm -f "$LAB"/servers/*/never-boots; }
node_never_boots_holds() {
  # Of whichever checkout the lab was started from.
  noted node-never-boots '' && grep -qF "${KIT##*/}/node/nova-compute" "/proc/$(daemon_pid nova-compute)/cmdline"
}

SSH_REFUSED=(INPUT -p tcp --dport 22 -m comment --comment lab-fault -j REJECT --reject-with tcp-reset)
ssh_refused_on() { in_network "$1" iptables -w -I "${SSH_REFUSED[@]}"; }
ssh_refused_off() { if ssh_refused_holds "$1"; then in_network "$1" iptables -w -D "${SSH_REFUSED[@]}"; fi; }
ssh_refused_holds() {
  in_network "$1" iptables -w -C "${SSH_REFUSED[@]}" 2>/dev/null && ! in_network "$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/22' 2>/dev/null
}

KUBELET_DEAD=/run/systemd/system/kubelet.service.d/zz-lab-fault.conf
kubelet_dead_on() {
  in_server "$1" systemctl is-active -q kubelet || {
    forget kubelet-dead "$1"
    fail "no kubelet runs on $(server_name "$1")"
  }
  in_server "$1" sh -c "mkdir -p ${KUBELET_DEAD%/*} && printf '[Service]\nRestart=no\nExecStartPre=/bin/false\n' >$KUBELET_DEAD"
  in_server "$1" systemctl daemon-reload
  in_server "$1" systemctl kill --signal=KILL kubelet
}
kubelet_dead_off() {
  in_server "$1" rm -f "$KUBELET_DEAD"
  in_server "$1" systemctl daemon-reload
  in_server "$1" systemctl restart --no-block kubelet
}
kubelet_dead_holds() { in_server "$1" test -e "$KUBELET_DEAD" && ! in_server "$1" systemctl is-active -q kubelet; }

# The descriptor of the lock is closed: the server's supervisor would hold it for as long as the server runs.
server_dead_on() { "$KIT/node/nodectl" stop "$1" 0 9>&-; }
server_dead_off() { "$KIT/node/nodectl" start "$1" 9>&-; }
server_dead_holds() { ! "$KIT/node/nodectl" alive "$1"; }

in_network() { ip netns exec "$(sed -n 's/^NODE_ID=//p' "$1/env")" "${@:2}"; }
in_server() { nsenter --target "$(<"$1/init.pid")" --mount --uts --ipc --net --pid --cgroup -- "${@:2}"; }

# Of what is around them

mirror_lies_on() {
  curl -sfgI -o /dev/null -m 10 "$MIRROR_URL/$1" || {
    forget mirror-lies "$1"
    fail "the mirror has no $1" "scripts/lab mirror DIR"
  }
}
mirror_lies_off() { :; }
mirror_lies_holds() {
  local truth=$LAB/cache/debian/${1#debian/}
  case $1 in debian/*) ;; *) truth=$(mirrored_directory)/$1 ;; esac
  [ -f "$truth" ] && [ "$(curl -sfg -m 60 "$MIRROR_URL/$1" | sha256sum)" != "$(sha256sum <"$truth")" ]
}
mirrored_directory() { tr '\0' '\n' <"/proc/$(daemon_pid mirror)/cmdline" | tail -n 3 | head -n 1; }

mirror_silent_on() { listens "$MIRROR_PORT" "$SITE_ADDRESS" || { forget mirror-silent '' && fail "no mirror runs" "scripts/lab mirror DIR"; }; }
mirror_silent_off() { :; }
mirror_silent_holds() {
  local status=0
  curl -s -o /dev/null -m 1 "$MIRROR_URL/" || status=$?
  [ "$status" = 28 ] # not a byte until curl gave up
}

barbican_away_on() { stop barbican 10; }
barbican_away_off() {
  start_barbican
  await_barbican
}
barbican_away_holds() { ! listens 9311; }

# As the kernel does when memory runs out: nothing of it is told, what it was doing stays half done.
kill_conductor() {
  local pid begun
  pid=$(daemon_pid tacker-conductor)
  running tacker-conductor || fail "tacker-conductor does not run" "scripts/lab up"
  begun=$(stat -c %s "$LAB/log/tacker-conductor.log")
  kill -KILL -- "-$pid"
  within "$SECONDS_TO_HOLD" not running tacker-conductor || fail "tacker-conductor, pid $pid, is still there"
  start_tacker tacker-conductor
  await tacker-conductor 60 "took up its work" conductor_consumes "$begun"
  say "conductor-killed: pid $pid is gone, pid $(daemon_pid tacker-conductor) works"
}

# conductor_consumes POSITION: what is written in the log from there on
conductor_consumes() { tail -c "+$(($1 + 1))" "$LAB/log/tacker-conductor.log" | grep -q 'Creating Consumer connection for Service TACKER_CONDUCTOR'; }

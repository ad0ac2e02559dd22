"""Stand-in of etcd: a replicated store that takes a change only with a majority of its voters.

Each member keeps the newest whole state that it has seen. Who makes a change has the promise of a
majority that nobody else makes one meanwhile, makes it on the newest state that they know, and a
majority has to take it; a read asks a majority too. A new member is a learner, which neither votes
nor answers clients, until it is promoted.
"""

import concurrent.futures
import copy
import http.server
import random
import threading

MEMBER_FILE = "/var/lib/etcd/member.json"
PEER_PORT = 2380
# A member that did not answer is not asked again for so long, or every request would wait for it.
SILENCE_SECONDS = 2
# How long a promise binds when its holder says no more.
PROMISE_SECONDS = 6
CHANGE_SECONDS = 10


class NoMajority(Exception):
    """Too few members answered, or this one does not belong to them (any more)."""


class Store:
    """This node's member, and the others by their peer address."""

    def __init__(self):
        with open(MEMBER_FILE, encoding="utf-8") as source:
            saved = json.load(source)
        self.id, self.secret, self.state = saved["id"], saved["secret"], saved["state"]
        self.lock = threading.RLock()  # of self.state
        self.turn = threading.Lock()  # one change at a time from this member
        self.silent = {}
        self.promised = (None, 0)  # to which member, until when
        self.pool = concurrent.futures.ThreadPoolExecutor(8)

    def take(self, state):
        """Keeps a state that is newer than the known one; tells whether it was."""
        with self.lock:
            if state["version"] <= self.state["version"]:
                return False
            self.state = state
            with open(MEMBER_FILE + ".new", "w", encoding="utf-8") as target:
                json.dump({"id": self.id, "secret": self.secret, "state": state}, target)
            os.replace(MEMBER_FILE + ".new", MEMBER_FILE)
            return True

    def promise(self, owner):
        """Lets `owner` alone make the next change, unless another does already."""
        with self.lock:
            holder, until = self.promised
            if holder not in (None, owner) and until > time.time():
                return {"granted": False}
            self.promised = (owner, time.time() + PROMISE_SECONDS)
            return {"granted": True, "state": self.state}

    def release(self, owner):
        """Ends the promise to `owner`."""
        with self.lock:
            if self.promised[0] == owner:
                self.promised = (None, 0)
        return True

    def ask(self, member, path, body=None, patience=1.5):
        """The answer of another member, or None."""
        if patience == 1.5 and self.silent.get(member["id"], 0) > time.time():
            return None
        request = urllib.request.Request(  # noqa: S310 -- always http
            f"http://{member['peer']}:{PEER_PORT}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Secret": self.secret},
        )
        try:
            with urllib.request.urlopen(request, timeout=patience) as answer:  # noqa: S310
                self.silent.pop(member["id"], None)
                return json.loads(answer.read())
        except (OSError, ValueError):
            self.silent[member["id"]] = time.time() + SILENCE_SECONDS
            return None

    def agree(self, members, own, path, body, wanted):
        """Answers of voters, our own included, that `wanted` is true for; stops at a majority."""
        voters = [m for m in members if not m["learner"]]
        majority = len(voters) // 2 + 1
        others = [m for m in members if m["id"] != self.id]
        mine = any(m["id"] == self.id for m in voters)
        found = [own] if mine and wanted(own) else []
        names = {self.pool.submit(self.ask, m, path, body): m for m in others}
        if len(found) >= majority:
            return found
        for done in concurrent.futures.as_completed(names):
            answer = done.result()
            if answer is not None and wanted(answer) and not names[done]["learner"]:
                found.append(answer)
                if len(found) >= majority:
                    return found
        raise NoMajority("etcdserver: request timed out, possibly due to connection lost")

    def newest(self):
        """The state of the latest change that was made."""
        with self.lock:
            own = self.state
        me = next((m for m in own["members"] if m["id"] == self.id), None)
        if me is None:
            raise NoMajority("etcdserver: this member has been removed")
        if len(own["members"]) == 1:
            return own
        states = self.agree(own["members"], own, "/state", None, lambda _: True)
        newest = max([own, *states], key=lambda state: state["version"])
        self.take(newest)
        me = next((m for m in newest["members"] if m["id"] == self.id), None)
        if me is None:
            raise NoMajority("etcdserver: this member has been removed")
        if me["learner"]:
            raise NoMajority("etcdserver: rpc not supported for learner")
        return newest

    def change(self, edit):
        """Applies `edit(state)` to a copy of the newest state; returns what it returned.

        When that is (status, answer) with a status from 400 on, nothing is changed.
        """
        with self.turn:
            base = self.newest()
            state = copy.deepcopy(base)
            result = edit(state)
            if result[0] >= 400 or state == base:
                return result
            if len(base["members"]) == 1 and len(state["members"]) == 1:
                state["version"] += 1
                self.take(state)
                return result
            deadline = time.time() + CHANGE_SECONDS
            while time.time() < deadline:
                result = self.attempt(edit)
                if result is not None:
                    return result
                time.sleep(random.uniform(0.02, 0.15))  # noqa: S311 -- another has the promise
            raise NoMajority("etcdserver: too many requests")

    def attempt(self, edit):
        """One attempt at a change; None when another member makes one just now."""
        with self.lock:
            known = self.state["members"]
        me = {"owner": self.id}
        try:
            promises = self.agree(
                known, self.promise(self.id), "/promise", me, lambda a: a["granted"]
            )
        except NoMajority:
            self.tell(known, "/release", me)
            return None
        base = max((answer["state"] for answer in promises), key=lambda state: state["version"])
        self.take(base)
        state = copy.deepcopy(base)
        result = edit(state)
        if result[0] >= 400 or state == base:
            self.tell(known, "/release", me)
            return result
        state["version"] += 1
        members = list({m["id"]: m for m in base["members"] + state["members"]}.values())
        body = {"state": state, **me}
        self.agree(members, {"taken": True}, "/take", body, lambda a: a["taken"])
        self.take(state)
        self.release(self.id)
        return result

    def tell(self, members, path, body):
        """Says something to all members and waits for no answer."""
        self.release(self.id)
        for member in members:
            if member["id"] != self.id:
                self.pool.submit(self.ask, member, path, body)


def members_of(state):
    """Members as etcdctl shows them."""
    return [
        {
            "ID": m["id"],
            "name": m["name"],
            "peerURLs": [f"https://{m['peer']}:2380"],
            "clientURLs": [f"https://{m['peer']}:2379"] if m["name"] else [],
            **({"isLearner": True} if m["learner"] else {}),
        }
        for m in state["members"]
    ]


class EtcdApi(http.server.BaseHTTPRequestHandler):
    """What members ask each other, and what etcdctl on this node asks."""

    store = None

    def log_message(self, *_):
        pass

    def reply(self, status, body):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if self.headers.get("X-Secret") != self.store.secret:
            return self.reply(401, "peer certificate is not trusted")
        try:
            return self.reply(200, self.route(self.path, body))
        except NoMajority as error:
            return self.reply(503, str(error))
        except ValueError as error:
            return self.reply(400, str(error))

    do_GET = do_POST = handle_any

    def route(self, path, body):
        store = self.store
        if path == "/state":
            with store.lock:
                return store.state
        if path == "/promise":
            return store.promise(body["owner"])
        if path == "/release":
            return store.release(body["owner"])
        if path == "/take":
            taken = store.take(body["state"])
            store.release(body["owner"])
            return {"taken": taken}
        if path == "/well":
            store.newest()
            return True
        if path == "/members":
            return members_of(store.newest())
        if path == "/health":
            return self.health()
        if path == "/remove":
            status, answer = store.change(lambda state: remove_member(state, body))
            if status >= 400:
                raise ValueError(answer)
            return answer
        raise ValueError(f"unknown path {path}")

    def health(self):
        store = self.store
        answers = []
        for member in store.newest()["members"]:
            own = member["id"] == store.id
            well = not member["learner"] and (own or bool(store.ask(member, "/well", patience=5)))
            answers.append({"endpoint": f"https://{member['peer']}:2379", "health": well})
        return answers


def remove_member(state, member_id):
    """A change: takes a member out."""
    kept = [m for m in state["members"] if m["id"] != member_id]
    if len(kept) == len(state["members"]):
        return 404, "etcdserver: member not found"
    state["members"] = kept
    return 200, None


def add_member(state, name, peer):
    """A change: adds a learner, as kubeadm asks for it when a control plane joins."""
    if any(m["peer"] == peer for m in state["members"]):
        return 409, f"etcdserver: Peer URLs already exists: https://{peer}:2380"
    if any(m["learner"] for m in state["members"]):
        return 409, "etcdserver: too many learner members in cluster"
    member_id = random.getrandbits(63)  # noqa: S311
    state["members"].append({"id": member_id, "name": name, "peer": peer, "learner": True})
    return 201, {"id": member_id}


def promote_member(state, member_id, ask):
    """A change: makes a learner a voter, once it has all that the others have."""
    member = next((m for m in state["members"] if m["id"] == member_id), None)
    if member is None:
        return 404, "etcdserver: member not found"
    ask(member, "/take", {"state": state, "owner": None})
    known = ask(member, "/state")
    if known is None or known["version"] < state["version"]:
        return 412, "etcdserver: can only promote a learner member which is in sync with leader"
    member["learner"] = False
    return 200, None

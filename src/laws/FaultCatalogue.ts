/**
 * Which of the ways in which controllers break (verification:F1-F15) is which
 * class of faults, and which scenario. `FaultDocument.ts` prints it.
 */

/** A class of `budgets`. */
export interface FaultClass {
  readonly name: string
  readonly says: string
  /** Where its action is. */
  readonly file: string
  /** A group of models in which it can strike. */
  readonly strikes: "resources" | "sentinel" | "namespaces"
}

const step = (name: string) => `src/interpreters/check/step/${name}.ts`
const closed = (name: string) => `src/models/closed/${name}.ts`
const model = (name: string) => `src/laws/valkey/models/${name}.ts`

export const faultClasses: ReadonlyArray<FaultClass> = [
  {
    name: "crash",
    says: "a process ends between any two steps and starts again: caches, queue, memory and passes are gone; a write under way may land later, or never",
    file: step("Process"),
    strikes: "resources"
  },
  {
    name: "stale",
    says: "the cache of one collection gets no news until it catches up, over a restart too; what it missed comes as one event",
    file: step("Watches"),
    strikes: "resources"
  },
  {
    name: "travel",
    says: "another API server falls behind, and the watch may reconnect to it: the cache goes back in time",
    file: step("Watches"),
    strikes: "resources"
  },
  {
    name: "wake",
    says: "a controller is woken though nothing has changed: a resync, an event that says nothing new",
    file: step("Requests"),
    strikes: "resources"
  },
  {
    name: "slow",
    says: "time passes although a process has something to do: timeouts fire, a lease runs out between any two commands",
    file: step("Time"),
    strikes: "sentinel"
  },
  {
    name: "drop",
    says: "a request is not sent, and its sender is told so",
    file: step("Mishaps"),
    strikes: "resources"
  },
  { name: "lose", says: "a write is carried out, and its answer lost", file: step("Mishaps"), strikes: "resources" },
  {
    name: "late",
    says: "a write is never answered and given up; it may be carried out at any time after, or never",
    file: step("Mishaps"),
    strikes: "resources"
  },
  {
    name: "duplicate",
    says: "a write is carried out, and may be once more later",
    file: step("Mishaps"),
    strikes: "resources"
  },
  { name: "error", says: "the server answers 500 and does nothing", file: step("Mishaps"), strikes: "resources" },
  {
    name: "conflict",
    says: "the server answers 409 to an update or a patch and does nothing",
    file: step("Mishaps"),
    strikes: "resources"
  },
  {
    name: "edit",
    says: "the spec is changed, and may be changed back",
    file: model("Resources"),
    strikes: "resources"
  },
  {
    name: "illegal",
    says: "the spec asks for what the API server takes and nobody builds, and may ask for it no more",
    file: model("Resources"),
    strikes: "resources"
  },
  {
    name: "drift",
    says: "somebody edits what the operator made",
    file: model("Resources"),
    strikes: "resources"
  },
  {
    name: "delete",
    says: "an object that the operator made is deleted",
    file: model("Resources"),
    strikes: "resources"
  },
  {
    name: "recreate",
    says: "the cluster is deleted, and another one of its name is made: another uid",
    file: model("Scene"),
    strikes: "resources"
  },
  {
    name: "touch",
    says: "another writer changes an object in what concerns nobody: its version is another one",
    file: model("Resources"),
    strikes: "resources"
  },
  {
    name: "slowBuiltIn",
    says: "the garbage collector, the StatefulSet controller, the EndpointSlice controller or a kubelet does nothing until it catches up",
    file: closed("Faults"),
    strikes: "resources"
  },
  {
    name: "kill",
    says: "a server is killed, with or without what it had sent; its container is started again on its disk",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "freeze",
    says: "a server answers nobody; it goes on, or its kubelet has had enough of it",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "outage",
    says: "all servers are killed at once, and come back in any order",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "empty",
    says: "a server is killed and its volume is lost: it comes back empty",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "wipe",
    says: "all servers are killed and all volumes are lost",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "cut",
    says: "a server and the operator, the clients or another server do not hear each other; everybody else does",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "stranger",
    says: "what is no Valkey has a server's port after its end, or answers operators in its place; it may go again",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "lag",
    says: "nothing of what the primary sends arrives at one replica, until it catches up",
    file: closed("Faults"),
    strikes: "sentinel"
  },
  {
    name: "deletePod",
    says: "a pod is deleted: the next one has another uid, address and run id",
    file: model("Sentinel"),
    strikes: "sentinel"
  },
  {
    name: "strand",
    says: "a pod is deleted, and no machine takes the next one; machines may take pods again later, or never",
    file: model("Sentinel"),
    strikes: "sentinel"
  },
  {
    name: "scale",
    says: "the number of pods is changed, and may be changed back",
    file: model("Sentinel"),
    strikes: "sentinel"
  },
  {
    name: "write",
    says: "a client writes to whom its Service leads, and remembers what was acknowledged",
    file: model("Sentinel"),
    strikes: "sentinel"
  }
]

export interface Pattern {
  readonly id: string
  readonly says: string
  readonly classes: ReadonlyArray<string>
  /** Of `Models.ts`: what they are about says which classes strike together. */
  readonly scenarios: ReadonlyArray<string>
  /** What needs no fault, or cannot be told by one. */
  readonly note?: string
}

export const patterns: ReadonlyArray<Pattern> = [
  {
    id: "F1",
    says: "stale cache, time travel",
    classes: ["stale", "travel"],
    scenarios: ["resources/back-in-time", "sentinel/stale", "sentinel/travel"]
  },
  {
    id: "F2",
    says: "crash between two writes",
    classes: ["crash"],
    scenarios: ["resources/left-behind", "sentinel/crash"]
  },
  {
    id: "F3",
    says: "events coalesced or missed",
    classes: ["stale", "crash", "travel", "wake"],
    scenarios: ["resources/wake", "resources/stale"],
    note: "a cache that catches up, and one that lists anew, show the last state only"
  },
  {
    id: "F4",
    says: "ambiguous outcome of a request; a call that never answers",
    classes: ["drop", "lose", "late", "duplicate", "freeze"],
    scenarios: ["sentinel/lose", "sentinel/late", "sentinel/freeze"],
    note: "a frozen server takes what was sent and answers when it goes on, if ever"
  },
  {
    id: "F5",
    says: "conflict, not found, already there, another uid",
    classes: ["conflict", "touch", "delete", "recreate"],
    scenarios: ["resources/recreate", "resources/back-in-time", "namespaces/recreate"]
  },
  {
    id: "F6",
    says: "slow built-in controllers",
    classes: ["slowBuiltIn"],
    scenarios: ["resources/slow-collector", "sentinel/slowBuiltIn"]
  },
  {
    id: "F7",
    says: "two leaders: a holder pauses past the end of its lease, and goes on",
    classes: ["slow", "late", "crash"],
    scenarios: ["election/slow", "election/unfenced", "leaders/slow", "leaders/unfenced"],
    note: "a process may be so slow that its lease runs out between any two of its commands, with the fence and without"
  },
  {
    id: "F8",
    says: "spec churn, illegal spec, recovery",
    classes: ["edit", "illegal", "scale"],
    scenarios: ["resources/churn", "sentinel/scale"],
    note: "what the CRD refuses is no step"
  },
  {
    id: "F9",
    says: "pods restarted: another address and uid, empty, believing to be primary",
    classes: ["kill", "deletePod", "strand", "empty", "stranger"],
    scenarios: [
      "sentinel/stranger",
      "sentinel/strand",
      "sentinel/strand-at-birth",
      "sentinel/kill",
      "sentinel/deletePod",
      "sentinel/empty",
      "sentinel/diskless"
    ]
  },
  {
    id: "F10",
    says: "total outage, and restart in any order",
    classes: ["outage", "wipe"],
    scenarios: ["sentinel/outage", "sentinel/wipe"]
  },
  {
    id: "F11",
    says: "the operator begins with another belief",
    classes: ["crash"],
    scenarios: ["sentinel/crash"],
    note: "it remembers nothing, and finds a record that may name processes that are gone"
  },
  {
    id: "F12",
    says: "an epoch opened without a winner",
    classes: ["kill", "crash"],
    scenarios: ["sentinel/kill"],
    note: "the laws epochGrows and phasesMoveForward say what an epoch is"
  },
  {
    id: "F13",
    says: "replication lags; an isolated primary goes on accepting",
    classes: ["lag", "cut", "kill", "write"],
    scenarios: ["sentinel/lost-writes", "sentinel/cut"],
    note: "one-way: an operator that is cut off while clients are not; a command that arrives and whose answer does not (`lose`)"
  },
  {
    id: "F14",
    says: "two nodes: no safe majority",
    classes: ["kill"],
    scenarios: ["sentinel/two-pods"],
    note: "the Lease decides who may act, not a vote of servers"
  },
  {
    id: "F15",
    says: "health that flaps",
    classes: ["freeze", "cut"],
    scenarios: ["sentinel/freeze", "sentinel/cut"],
    note: "both end by themselves or not at all; faults are finite, so calm follows"
  }
]

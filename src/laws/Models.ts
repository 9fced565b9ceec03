/**
 * The closed models that `gungnir check` knows: what is run when nobody names
 * one, and what is too large for that.
 */
import type { Model } from "../models/closed/Model.ts"
import * as Election from "./valkey/models/Election.ts"
import * as Joint from "./valkey/models/Joint.ts"
import * as Namespaces from "./valkey/models/Namespaces.ts"
import * as Resources from "./valkey/models/Resources.ts"
import * as Sentinel from "./valkey/models/Sentinel.ts"
import * as Twins from "./valkey/models/Twins.ts"

/** Per class of faults and outside events, how often it may strike in one run. */
export type Budgets = Readonly<Record<string, number>>

/** What a person may choose of a model besides. */
export interface Size {
  /** Pods of a cluster. */
  readonly pods: number
}

export interface Checked {
  /** `group/scenario`: the group finds all of its scenarios. */
  readonly name: string
  /** In one line: what runs, and what may go wrong. */
  readonly about: string
  /** Unless somebody chooses others. */
  readonly budgets: Budgets
  /** Runs only when it is named, or with `--deep`. */
  readonly isDeep?: boolean
  /** Whatever number of pods is chosen makes no difference. */
  readonly hasOwnSize?: boolean
  readonly model: (name: string, budgets: Budgets, size: Size) => Model
}

/** One world, and what may go wrong in it. */
export interface Group {
  readonly name: string
  readonly about: string
  readonly model: Checked["model"]
  readonly hasOwnSize?: boolean
  /** Each is a scenario of its own, named as it; with `--deep` also twice, and together with each other. */
  readonly classes: ReadonlyArray<string>
  /** Of them, those that are too large for the standard set even once. */
  readonly large?: ReadonlyArray<string>
  /** What strikes together, by name; without a budget: another beginning, given by its own `model`. */
  readonly named?: ReadonlyArray<
    Pick<Checked, "name" | "budgets"> & Partial<Pick<Checked, "about" | "isDeep" | "hasOwnSize" | "model">>
  >
}

/** What goes wrong, in words. */
export const wordsOf = (budgets: Budgets): string => {
  const words = Object.entries(budgets).map(([name, times]) => (times === 1 ? name : `${name} ${times} times`))
  return words.length === 0 ? "nothing goes wrong" : words.join(" and ")
}

const whole = (checked: Checked): Checked => checked

/** Each class alone, once and twice, each pair, and the named sets of a group. */
export const scenarios = ({
  about,
  classes,
  hasOwnSize = false,
  large = [],
  model,
  name: group,
  named = []
}: Group): ReadonlyArray<Checked> => {
  const one = (name: string, budgets: Budgets): Checked => ({
    name: `${group}/${name}`,
    about: `${about}: ${wordsOf(budgets)}`,
    budgets,
    hasOwnSize,
    model
  })
  const deep = (checked: Checked): Checked => ({ ...checked, isDeep: true })
  return [
    ...classes.map((fault) => (large.includes(fault) ? deep : whole)(one(fault, { [fault]: 1 }))),
    ...named.map(({ budgets, name, ...rest }) => ({ ...one(name, budgets), ...rest })),
    ...classes.map((fault) => deep(one(`${fault}-twice`, { [fault]: 2 }))),
    ...classes.flatMap((first, index) =>
      classes.slice(index + 1).map((second) => deep(one(`${first}-${second}`, { [first]: 1, [second]: 1 })))
    )
  ]
}

const requests = ["drop", "lose", "late", "duplicate", "error", "conflict"]
const caches = ["stale", "travel"]

/** `slow` is not among them: a pass of this controller waits for no time. */
const resources: Group = {
  name: "resources",
  about: "what a cluster consists of",
  model: Resources.model,
  classes: [
    "crash",
    "wake",
    ...caches,
    ...requests,
    ...["edit", "illegal", "drift", "delete", "recreate", "touch", "slowBuiltIn"]
  ],
  named: [
    // F2, F4: a write that is left behind by a crash lands last.
    { name: "left-behind", budgets: { crash: 1, edit: 1 } },
    { name: "left-behind-and-late", budgets: { crash: 1, late: 1, edit: 1 }, isDeep: true },
    // F1, F5: an old cluster is seen again after another one of its name was made.
    { name: "back-in-time", budgets: { travel: 1, recreate: 1 } },
    // F6, anvil:5 R1, Z7: the old objects are still there when the new cluster is.
    { name: "slow-collector", budgets: { slowBuiltIn: 1, recreate: 1 } },
    // F8: there and back again, with what is not built in between.
    { name: "churn", budgets: { edit: 2, illegal: 2 } },
    // Others write to the same objects.
    { name: "outside-writers", budgets: { drift: 1, touch: 1 } },
    { name: "outside-writers-and-conflicts", budgets: { drift: 1, touch: 1, conflict: 1 }, isDeep: true }
  ]
}

const namespaces: Group = {
  name: "namespaces",
  about: "two clusters of one name in two namespaces",
  hasOwnSize: true,
  model: Namespaces.model,
  classes: [],
  named: [
    { name: "calm", budgets: {} },
    { name: "recreate", budgets: { recreate: 1 } },
    { name: "crash", budgets: { crash: 1 }, isDeep: true },
    { name: "lose", budgets: { lose: 1 }, isDeep: true },
    { name: "slow", budgets: { slow: 1, drop: 1 }, isDeep: true },
    { name: "back-in-time", budgets: { travel: 1, recreate: 1 }, isDeep: true }
  ]
}

/** Faults of the world strike once the cluster has its first primary. */
const sentinel: Group = {
  name: "sentinel",
  about: "who leads",
  model: (name, budgets, { pods }) => Sentinel.model(name, budgets, { pods }),
  classes: [
    ...["crash", "wake", ...caches, "slow", ...requests],
    ...[
      "kill",
      "freeze",
      "empty",
      "outage",
      "wipe",
      "cut",
      "stranger",
      "slowBuiltIn",
      "lag",
      "deletePod",
      "strand",
      "scale",
      "touch"
    ]
  ],
  large: ["freeze", "outage", "wipe"],
  named: [
    // F13: what was acknowledged and has not arrived is lost with the primary, and declared.
    { name: "lost-writes", budgets: { write: 1, lag: 1, kill: 1 }, isDeep: true },
    // F13: nothing is left of what an earlier life had; what is large with three pods, with one.
    {
      name: "all-lost",
      hasOwnSize: true,
      about: "who leads, of one that has had data and shall go on empty: wipe",
      budgets: { wipe: 1 },
      model: (name, budgets) =>
        Sentinel.model(name, budgets, { pods: 1, spec: { failover: { policy: "fast" } }, status: { hadData: true } })
    },
    ...["freeze", "outage"].map((fault) => ({
      name: `${fault}-of-one`,
      hasOwnSize: true,
      about: `who leads, of one: ${fault}`,
      budgets: { [fault]: 1 },
      model: (name: string, budgets: Budgets) => Sentinel.model(name, budgets, { pods: 1 })
    })),
    // F9: whoever was to lead first is lost before anybody was led to it.
    ...[
      { name: "strand-at-birth", budgets: { strand: 1 } },
      { name: "strand-at-birth-write", budgets: { strand: 1, write: 1 }, isDeep: true },
      { name: "strand-at-birth-crash", budgets: { strand: 1, crash: 1 }, isDeep: true }
    ].map((one) => ({
      ...one,
      about: `who leads first: ${wordsOf(one.budgets)}`,
      model: (name: string, budgets: Budgets, { pods }: Size) =>
        Sentinel.model(name, budgets, { pods, when: Sentinel.isChosen })
    })),
    // gungnir:W8, failover:7.2: whoever holds what an earlier life has left is waited for, or leads.
    {
      name: "earlier-life",
      about: "who leads first, of volumes of which one has data, and nothing that must come about: strand",
      budgets: { strand: 1 },
      model: (name, budgets, { pods }) =>
        Sentinel.model(name, budgets, { pods, fromBirth: true, holder: pods - 1, isSafety: true })
    },
    {
      name: "earlier-life-kill",
      about: "who leads first, of volumes of which one has data: kill",
      budgets: { kill: 1 },
      model: (name, budgets, { pods }) => Sentinel.model(name, budgets, { pods, fromBirth: true, holder: pods - 1 })
    },
    // F14: two pods, and one of them gone.
    {
      name: "two-pods",
      hasOwnSize: true,
      about: "who leads, of two: kill",
      budgets: { kill: 1 },
      model: (name, budgets) => Sentinel.model(name, budgets, { pods: 2 })
    },
    // F9: no volumes; a pod that comes back is empty.
    {
      name: "diskless",
      about: "who leads, without volumes: deletePod and write",
      budgets: { deletePod: 1, write: 1 },
      model: (name, budgets, { pods }) =>
        Sentinel.model(name, budgets, { pods, spec: { persistence: { enabled: false } } })
    }
  ]
}

const election: Group = {
  name: "election",
  about: "two processes and one lease",
  hasOwnSize: true,
  model: (name, budgets) => Election.model(name, budgets),
  classes: ["crash", "slow", "lose", "late", "drop", "conflict", "error"],
  named: [
    {
      name: "unfenced",
      about: "two processes and one lease, without the fence: slow",
      budgets: { slow: 1 },
      isDeep: true,
      model: (name, budgets) => Election.model(name, budgets, { fencing: false })
    }
  ]
}

/** The lease guards servers here, where a late write does most harm. */
const leaders: Group = {
  name: "leaders",
  about: "two processes with one lease, of which one decides who leads",
  hasOwnSize: true,
  model: (name, budgets) => Election.withSentinel(name, budgets),
  classes: [],
  named: [
    { name: "calm", budgets: {} },
    { name: "crash", budgets: { crash: 1 } },
    { name: "late", budgets: { late: 1 } },
    { name: "slow", budgets: { slow: 1 }, isDeep: true },
    {
      name: "unfenced",
      about: "two processes with one lease, of which one decides who leads, without the fence: slow and late",
      budgets: { slow: 1, late: 1 },
      isDeep: true,
      model: (name, budgets) => Election.withSentinel(name, budgets, { fencing: false })
    }
  ]
}

const twins: Group = {
  name: "twins",
  about: "who leads in two clusters of one name",
  hasOwnSize: true,
  model: (name, budgets) => Twins.model(name, budgets),
  classes: [],
  named: [
    { name: "calm", budgets: {} },
    { name: "crash", budgets: { crash: 1 }, isDeep: true },
    { name: "kill", budgets: { kill: 1 } }
  ]
}

const joint: Group = {
  name: "joint",
  about: "all three controllers in one process",
  hasOwnSize: true,
  model: (name, budgets) => Joint.model(name, budgets),
  classes: [],
  named: [
    { name: "calm", budgets: {} },
    { name: "lose", budgets: { lose: 1 }, isDeep: true },
    { name: "crash", budgets: { crash: 1 }, isDeep: true },
    { name: "kill", budgets: { kill: 1 }, isDeep: true },
    { name: "recreate", budgets: { recreate: 1 }, isDeep: true },
    {
      name: "from-scratch",
      about: "all three controllers in one process, from nothing but the cluster: nothing goes wrong",
      budgets: {},
      model: (name, budgets) => Joint.model(name, budgets, { fromScratch: true })
    }
  ]
}

export const groups: ReadonlyArray<Group> = [resources, namespaces, sentinel, twins, election, leaders, joint]

export const all: ReadonlyArray<Checked> = groups.flatMap(scenarios)

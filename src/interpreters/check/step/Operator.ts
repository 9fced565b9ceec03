/**
 * One operator process as the checker has it: its controllers, what it watches,
 * and the components that hold what the live process holds in memory.
 */
import type { Standing } from "../../../domain/kube/Leadership.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import * as Reflector from "../../../domain/kube/Reflector.ts"
import * as Sources from "../../../domain/kube/Sources.ts"
import * as WorkQueue from "../../../domain/kube/WorkQueue.ts"
import type { AnyController, Election, Timing } from "../../../models/closed/Model.ts"
import { type Cell, cell } from "./Draft.ts"
import type { Log, Trie } from "./Trie.ts"

/** One pass under way. */
export interface Pass {
  readonly memory: unknown
  /** Granted a slot, but its first step is still to come. */
  readonly isStarted: boolean
  readonly log: Log
  /** Of calls that were carried out while others were open: what is still to be delivered, by slot. */
  readonly answers: ReadonlyArray<readonly [slot: number, reply: unknown]>
}

export interface Queue {
  readonly items: Readonly<Record<string, WorkQueue.Item<unknown>>>
  readonly slots: WorkQueue.Slots
}

export type Passes = Readonly<Record<string, Pass>>

/** Per node and key, whether there is a connection. */
export type Held = Readonly<Record<string, boolean>>

/** A watch that hangs on a server that is behind: what that server still says. */
export interface Behind {
  readonly objects: ReadonlyArray<KubeObject>
  /** Whether the process is connected to it already. */
  readonly attached: boolean
}

/** Where passes are: those on one key, so that what happens to the others is not looked at, or all that have no lane. */
export interface Lane {
  readonly key: string | undefined
  /** For people: the controller, and the key if there are several. */
  readonly name: string
  readonly passes: Cell<Passes>
}

export interface Running {
  readonly controller: AnyController
  readonly policy: WorkQueue.Policy<unknown>
  /** What it watches; undefined: in all namespaces. */
  readonly namespace: string | undefined
  readonly queue: Cell<Queue>
  /** The last one is of all other keys. */
  readonly lanes: ReadonlyArray<Lane>
  /** The component that shows all passes: that of the only lane, or what is made of several. */
  readonly allPasses: string
  readonly held: Cell<Held>
  /** Runs whether this process leads or not: it is what makes it lead. */
  readonly isElection: boolean
}

export interface Watching {
  readonly text: string
  readonly scope: Reflector.Scope
  readonly state: Cell<Reflector.State>
  readonly behind: Cell<Behind | null>
}

export interface Options {
  readonly name: string
  readonly controllers: ReadonlyArray<AnyController>
  readonly timing: Timing
  readonly namespace: string | undefined
  readonly election: Election | undefined
  readonly trie: Trie
  /** The keys that a controller has in the beginning. */
  readonly keysOf: (controller: AnyController) => ReadonlyArray<string>
  /** Hears of a program that could not be stepped on: what it does next nobody knows. */
  readonly onCut: (sentence: string) => void
}

export interface Operator {
  readonly name: string
  readonly trie: Trie
  readonly running: ReadonlyArray<Running>
  readonly watching: ReadonlyArray<Watching>
  readonly standing: Cell<Standing>
  readonly election: Election | undefined
  readonly onCut: Options["onCut"]
}

/** Without an election a process may always write. */
export const alone: Standing = { authorisedMillis: Number.POSITIVE_INFINITY, leadingMillis: Number.POSITIVE_INFINITY }
export const follower: Standing = { authorisedMillis: 0, leadingMillis: 0 }

const lanesOf = (
  controller: string,
  allPasses: string,
  name: string,
  keys: ReadonlyArray<string>
): ReadonlyArray<Lane> =>
  keys.length < 2
    ? [{ key: undefined, name: controller, passes: cell(allPasses, {}) }]
    : [
        ...keys.map((key) => ({
          key,
          name: `${controller} for ${key}`,
          passes: cell<Passes>(`${name}/${key} passes of ${controller}`, {})
        })),
        { key: undefined, name: controller, passes: cell(`${name}/other passes of ${controller}`, {}) }
      ]

const runningOf = (options: Options, controller: AnyController, isElection: boolean): Running => {
  const allPasses = `${options.name}/passes of ${controller.name}`
  return {
    controller,
    isElection,
    policy: { ...options.timing, initialMemory: controller.initialMemory, age: controller.age },
    namespace: isElection ? options.election?.key.namespace : options.namespace,
    queue: cell<Queue>(`${options.name}/queue of ${controller.name}`, { items: {}, slots: WorkQueue.noSlots }),
    lanes: lanesOf(controller.name, allPasses, options.name, isElection ? [] : options.keysOf(controller)),
    allPasses,
    held: cell<Held>(`${options.name}/connections of ${controller.name}`, {})
  }
}

/** Which scopes differ only in where they are: short names for people, unless two have the same. */
const watchingOf = (options: Options, scopes: ReadonlyArray<Reflector.Scope>): ReadonlyArray<Watching> =>
  scopes.map((scope) => {
    const twins = scopes.filter(({ resource }) => resource.plural === scope.resource.plural)
    const text = Reflector.scopeText(scope)
    const short = twins.length === 1 ? scope.resource.plural : text
    return {
      text,
      scope,
      state: cell<Reflector.State>(`${options.name}/cache of ${short}`, Reflector.start[0]),
      behind: cell<Behind | null>(`${options.name}/stale ${short}`, null)
    }
  })

export const make = (options: Options): Operator => {
  const { controllers, election } = options
  const running = [
    ...(election === undefined ? [] : [runningOf(options, election.controller, true)]),
    ...controllers.map((controller) => runningOf(options, controller, false))
  ]
  const scopes = new Map(
    running
      .flatMap(({ controller, namespace }) => Sources.scopesOf(controller, namespace))
      .map((scope) => [Reflector.scopeText(scope), scope] as const)
  )
  return {
    name: options.name,
    trie: options.trie,
    running,
    watching: watchingOf(options, [...scopes.values()]),
    standing: cell<Standing>(`${options.name}/standing`, election === undefined ? alone : follower),
    election,
    onCut: options.onCut
  }
}

/** Every component of the process. */
export const cellsOf = ({ running, standing, watching }: Operator): ReadonlyArray<Cell<unknown>> => [
  ...running.flatMap(({ held, lanes, queue }) => [queue, ...lanes.map(({ passes }) => passes), held]),
  ...watching.flatMap(({ behind, state }) => [state, behind]),
  standing
]

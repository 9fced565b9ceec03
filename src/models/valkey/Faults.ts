/**
 * What is done to a network from outside: processes freeze and go on, parties
 * stop hearing each other, strangers answer in their place, time passes. How processes end is in `Process.ts`.
 */
import { catchUp } from "./Exchange.ts"
import {
  type Endpoint,
  type Following,
  hears,
  idOf,
  longestAge,
  type Node,
  primaryOf,
  put,
  type State
} from "./Node.ts"
import { feed, type Ids, unlinked } from "./Stream.ts"

/** SIGSTOP: connections stay, nothing is answered. */
export const freeze = (state: State, id: Endpoint): State => {
  const node = state.nodes[id]
  return node?.phase === "running" ? put(state, { ...node, phase: "frozen" }) : state
}

/** SIGCONT: what arrived meanwhile is carried out first. */
export const proceed = (state: State, id: Endpoint, names: Ids): State => {
  const node = state.nodes[id]
  return node?.phase === "frozen" ? catchUp(put(state, { ...node, phase: "running" }), id, names) : state
}

/** Something that speaks no RESP answers operators in the place of this server, whether that runs or has ended. */
export const usurp = (state: State, id: Endpoint): State => {
  const node = state.nodes[id]
  return node === undefined || node.hasStranger ? state : put(state, { ...node, hasStranger: true })
}

/** It goes. */
export const restore = (state: State, id: Endpoint): State => {
  const node = state.nodes[id]
  return node?.hasStranger === true ? put(state, { ...node, hasStranger: false }) : state
}

const without = (state: State, one: string, other: string): State["cuts"] =>
  state.cuts.filter(([a, b]) => !((a === one && b === other) || (a === other && b === one)))

/** Two parties (endpoints, or names of clients) do not hear each other from now on. */
export const cut = (state: State, one: string, other: string): State => ({
  ...state,
  cuts: [...without(state, one, other), one < other ? [one, other] : [other, one]]
})

export const heal = (state: State, one: string, other: string): State => ({
  ...state,
  cuts: without(state, one, other)
})

export const healAll = (state: State): State => (state.cuts.length === 0 ? state : { ...state, cuts: [] })

/** Whether both can send and receive at once. */
const talk = (state: State, one: Node, other: Node | undefined): boolean =>
  one.phase === "running" && other?.phase === "running" && hears(state, idOf(one), idOf(other))

const olderFollowing = (state: State, node: Node, following: Following): Node => {
  const { downSeconds, link, silentSeconds } = following
  if (link.state === "connect") {
    const isCounted = downSeconds >= 0 && downSeconds < longestAge
    return isCounted ? { ...node, following: { ...following, downSeconds: downSeconds + 1 } } : node
  }
  const hearsPrimary = talk(state, node, state.nodes[primaryOf(node)!])
  if (!hearsPrimary && silentSeconds + 1 >= longestAge) return unlinked(node, 0)
  const silent = hearsPrimary ? 0 : silentSeconds + 1
  return silent === silentSeconds ? node : { ...node, following: { ...following, silentSeconds: silent } }
}

const olderAttached = (state: State, node: Node): Node => {
  const attached = node.attached.flatMap((one) => {
    if (talk(state, node, state.nodes[`${one.address}:${one.port}`])) return [one]
    return one.ageSeconds + 1 >= longestAge ? [] : [{ ...one, ageSeconds: one.ageSeconds + 1 }]
  })
  const isSame =
    attached.length === node.attached.length && attached.every((one, index) => one === node.attached[index])
  return isSame ? node : { ...node, attached }
}

/** One second passes: links that are silent grow older, and break after `longestAge` (`repl-timeout`). */
export const tick = (state: State): State => {
  let now = state
  for (const node of Object.values(state.nodes)) {
    if (node.phase !== "running") continue
    const followed = node.following === undefined ? node : olderFollowing(state, node, node.following)
    const older = olderAttached(state, followed)
    if (older !== node) now = put(now, older)
  }
  return now
}

/** Every primary with replicas sends them a PING, as each does once in `repl-ping-replica-period`: offsets grow. */
export const ping = (state: State): State => {
  let now = state
  for (const node of Object.values(state.nodes)) {
    const isHeard = node.phase === "running" && node.following === undefined && node.attached.length > 0
    if (isHeard) now = put(now, feed(node, [["PING"]]))
  }
  return now
}

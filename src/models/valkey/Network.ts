/**
 * What servers do by themselves: replicas connect and synchronise, streams
 * flow, acknowledgements come back, ends of links are noticed. Each is a move
 * that may happen or not yet; at quiescence none is left. Rules: PSYNC2 and
 * `failover:2.2`, `failover:2.6`, `failover:M11` to `failover:M19`.
 */
import type { Names } from "../Names.ts"
import * as Backlog from "./Backlog.ts"
import * as Config from "./Config.ts"
import {
  type Attached,
  type Endpoint,
  endpoint,
  hears,
  idOf,
  linkOf,
  type Node,
  noReplid,
  primaryOf,
  put,
  type State
} from "./Node.ts"
import { newHistory, unlinked } from "./Stream.ts"

/**
 * `Loaded`: a process has read its data. `Connect`: a replica's handshake and
 * PSYNC. `Synchronised`: a full transfer has arrived. `Stream`: a replica
 * applies what its primary sent. `Acknowledge`: its primary hears of that.
 * `LoseLink`, `LoseReplica`: one end notices that the other is gone.
 */
export type Move =
  | {
      readonly _tag: "Loaded" | "Connect" | "Synchronised" | "Stream" | "Acknowledge" | "LoseLink"
      readonly node: Endpoint
    }
  | { readonly _tag: "LoseReplica"; readonly node: Endpoint; readonly replica: Endpoint }

/** Names a move: equal texts, equal moves. */
export const keyText = (move: Move): string =>
  move._tag === "LoseReplica" ? `${move._tag} ${move.node} ${move.replica}` : `${move._tag} ${move.node}`

const attachedAt = (primary: Node, replica: Endpoint): Attached | undefined =>
  primary.attached.find((one) => endpoint(one.address, one.port) === replica)

/** The primary at the other end of a link that both ends still hold. */
const linkedPrimary = (state: State, replica: Node): Node | undefined => {
  const { following } = replica
  const primary = state.nodes[primaryOf(replica) ?? ""]
  if (following === undefined || following.link.state === "connect" || primary === undefined) return undefined
  const isHeld = primary.phase !== "ended" && primary.runId === following.link.peer
  return isHeld && attachedAt(primary, idOf(replica))?.run === replica.runId ? primary : undefined
}

const isAwake = (node: Node | undefined): node is Node =>
  node !== undefined && node.phase === "running" && !node.loading

/** Whether a handshake with this primary would come as far as PSYNC and be answered. */
const wouldAnswer = (state: State, replica: Node, primary: Node | undefined): primary is Node => {
  if (!isAwake(primary) || !hears(state, idOf(replica), idOf(primary))) return false
  // A replica without a link of its own answers NOMASTERLINK (failover:M12).
  if (primary.following !== undefined && primary.following.link.state !== "connected") return false
  const password = replica.config["masterauth"] ?? ""
  const user = replica.config["masteruser"] ?? ""
  const isOpen = primary.config["requirepass"] === ""
  if (password === "" || user === "") return isOpen ? password === "" : primary.config["requirepass"] === password
  return Config.accepts(primary.config, user, password)
}

const ofReplica = (state: State, node: Node): Move["_tag"] | undefined => {
  if (linkOf(node) === "connect") {
    return wouldAnswer(state, node, state.nodes[primaryOf(node)!]) ? "Connect" : undefined
  }
  const other = state.nodes[primaryOf(node)!]
  if (other !== undefined && !hears(state, idOf(node), idOf(other))) return undefined
  const primary = linkedPrimary(state, node)
  if (primary === undefined) return "LoseLink"
  if (linkOf(node) === "sync") return primary.phase === "running" ? "Synchronised" : undefined
  const attached = attachedAt(primary, idOf(node))!
  if (attached.streaming && primary.offset > node.offset) {
    // A replica that falls behind what is remembered loses its link, as by the limit of the output buffer.
    return Backlog.covers(primary.backlog!, primary.offset, node.offset + 1) ? "Stream" : "LoseLink"
  }
  const isHeard = attached.streaming && attached.acknowledged === node.offset && attached.ageSeconds === 0
  return !isHeard && primary.phase === "running" ? "Acknowledge" : undefined
}

const isGone = (state: State, primary: Node, { address, port, run }: Attached): boolean => {
  const replica = state.nodes[endpoint(address, port)]
  if (replica !== undefined && !hears(state, idOf(primary), idOf(replica))) return false
  const holds = replica !== undefined && replica.phase !== "ended" && replica.runId === run
  return !holds || linkedPrimary(state, replica) !== primary
}

/** The moves that are possible now, in a fixed order. */
export const moves = (state: State): ReadonlyArray<Move> => {
  const all: Array<Move> = []
  for (const node of Object.values(state.nodes)) {
    if (node.phase !== "running") continue
    const id = idOf(node)
    if (node.loading) {
      all.push({ _tag: "Loaded", node: id })
      continue
    }
    for (const attached of node.attached) {
      if (isGone(state, node, attached)) {
        all.push({ _tag: "LoseReplica", node: id, replica: endpoint(attached.address, attached.port) })
      }
    }
    const move = node.following === undefined ? undefined : ofReplica(state, node)
    if (move !== undefined && move !== "LoseReplica") all.push({ _tag: move, node: id })
  }
  return all
}

const attach = (primary: Node, replica: Node, state: Attached["state"]): Node => ({
  ...primary,
  attached: [
    ...primary.attached.filter((one) => endpoint(one.address, one.port) !== idOf(replica)),
    {
      address: replica.address,
      port: replica.port,
      run: replica.runId,
      state,
      streaming: state === "online",
      acknowledged: state === "online" ? replica.offset : 0,
      ageSeconds: 0
    }
  ]
})

/** Whether the primary can go on where the replica stopped (PSYNC2). */
const canContinue = (primary: Node, replica: Node): boolean => {
  const next = replica.offset + 1
  const isSame = replica.replid === primary.replid
  const isPast = replica.replid === primary.replid2 && next <= primary.secondOffset
  if (!replica.following!.cached || primary.backlog === undefined || !(isSame || isPast)) return false
  return Backlog.covers(primary.backlog, primary.offset, next)
}

/** A replica that learns of a new replication id makes its own replicas ask again. */
const continued = (replica: Node, primary: Node): Node => {
  const backlog = replica.backlog ?? Backlog.startingAfter(replica.offset)
  const following = { ...replica.following!, link: { state: "connected", peer: primary.runId } as const, cached: false }
  if (replica.replid === primary.replid) return { ...replica, backlog, following }
  return {
    ...replica,
    backlog,
    following,
    attached: [],
    replid: primary.replid,
    replid2: replica.replid,
    secondOffset: replica.offset + 1
  }
}

const connect = (state: State, replica: Node, names: Pick<Names, "replid">): State => {
  const primary = state.nodes[primaryOf(replica)!]!
  if (canContinue(primary, replica)) {
    return put(put(state, attach(primary, replica, "online")), continued(replica, primary))
  }
  // The first replica of a server without a backlog starts a history of its own.
  const isFirst = primary.backlog === undefined
  const history = isFirst ? newHistory(primary, names.replid(state)) : primary
  const from = { ...attach(history, replica, "send_bulk"), selected: false }
  const snapshot = { data: from.data, replid: from.replid, offset: from.offset }
  const link = { state: "sync", peer: primary.runId, snapshot } as const
  const chosen = isFirst ? state.chosen + 1 : state.chosen
  const waiting = { ...replica, following: { ...replica.following!, link, cached: false } }
  return put(put({ ...state, chosen }, from), waiting)
}

/** The replica's data is replaced, on disk too; its own replicas must ask again. */
const synchronised = (state: State, replica: Node): State => {
  const primary = linkedPrimary(state, replica)!
  const { link } = replica.following!
  if (link.state !== "sync") return state
  const { data, offset, replid } = link.snapshot
  const following = { ...replica.following!, link: { state: "connected", peer: link.peer } as const }
  const online = primary.attached.map((one) =>
    endpoint(one.address, one.port) === idOf(replica) ? { ...one, state: "online" as const } : one
  )
  return put(put(state, { ...primary, attached: online }), {
    ...replica,
    following,
    data,
    replid,
    offset,
    replid2: noReplid,
    secondOffset: -1,
    backlog: Backlog.startingAfter(offset),
    attached: [],
    disk: { ...replica.disk, rdb: { data, lineage: { replid, offset } } }
  })
}

const stream = (state: State, replica: Node): State => {
  const primary = linkedPrimary(state, replica)!
  const entries = Backlog.after(primary.backlog!, replica.offset)
  const bytes = Config.numberOf(replica.config, "repl-backlog-size")
  return put(state, {
    ...replica,
    data: Backlog.applied(replica.data, entries),
    offset: primary.offset,
    backlog: Backlog.append(replica.backlog!, entries, bytes)
  })
}

const acknowledge = (state: State, replica: Node): State => {
  const primary = linkedPrimary(state, replica)!
  const attached = primary.attached.map((one) =>
    endpoint(one.address, one.port) === idOf(replica)
      ? { ...one, streaming: true, acknowledged: replica.offset, ageSeconds: 0 }
      : one
  )
  return put(state, { ...primary, attached })
}

const without = (node: Node, replica: Endpoint): Node => ({
  ...node,
  attached: node.attached.filter((one) => endpoint(one.address, one.port) !== replica)
})

/** The network after one of its `moves`. */
export const apply = (state: State, move: Move, names: Pick<Names, "replid">): State => {
  const node = state.nodes[move.node]!
  switch (move._tag) {
    case "Loaded":
      return put(state, { ...node, loading: false })
    case "Connect":
      return connect(state, node, names)
    case "Synchronised":
      return synchronised(state, node)
    case "Stream":
      return stream(state, node)
    case "Acknowledge":
      return acknowledge(state, node)
    case "LoseLink":
      return put(state, unlinked(node, 0))
    case "LoseReplica":
      return put(state, without(node, move.replica))
  }
}

/** Lets what `primary` has sent arrive at its replicas, and their acknowledgements come back. */
export const deliver = (state: State, primary: Endpoint): State => {
  let now = state
  for (const { address, port } of state.nodes[primary]!.attached) {
    const replica = now.nodes[endpoint(address, port)]
    if (replica === undefined || !isAwake(replica) || linkedPrimary(now, replica) !== now.nodes[primary]) continue
    for (let move = ofReplica(now, now.nodes[idOf(replica)]!); move === "Stream" || move === "Acknowledge";) {
      now = apply(now, { _tag: move, node: idOf(replica) }, { replid: () => noReplid })
      move = ofReplica(now, now.nodes[idOf(replica)]!)
    }
  }
  return now
}

/** Moves until none is left: what a network does that nobody disturbs. */
export const settle = (state: State, names: Pick<Names, "replid">): State => {
  let now = state
  for (let next = moves(now); next.length > 0; next = moves(now)) now = apply(now, next[0]!, names)
  return now
}

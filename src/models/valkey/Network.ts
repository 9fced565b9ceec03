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
  type Closing,
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
import { alone, newHistory, unlinked } from "./Stream.ts"

/**
 * `Loaded`: a process has read its data. `Connect`: a replica's handshake and
 * PSYNC. `Synchronised`: a full transfer has arrived. `Stream`: a replica
 * applies what its primary sent. `Acknowledge`: its primary hears of that.
 * `LoseLink`, `LoseReplica`: one end notices that the other is gone. `Forget`:
 * nobody is left to read what a closed link still held.
 */
export type Move =
  | {
      readonly _tag: "Loaded" | "Connect" | "Synchronised" | "Stream" | "Acknowledge" | "LoseLink"
      readonly node: Endpoint
    }
  | { readonly _tag: "LoseReplica" | "Forget"; readonly node: Endpoint; readonly replica: Endpoint }

/** Names a move: equal texts, equal moves. */
export const keyText = (move: Move): string =>
  "replica" in move ? `${move._tag} ${move.node} ${move.replica}` : `${move._tag} ${move.node}`

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

type Own = Exclude<Move["_tag"], "LoseReplica" | "Forget" | "Loaded">

const ofReplica = (state: State, node: Node): Own | undefined => {
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

/** Whether the replica still holds the other end of a link that was closed. */
const isRead = (state: State, primary: Node, { from, replica, run }: Closing): boolean => {
  const node = state.nodes[replica]
  if (node === undefined || node.phase === "ended" || node.runId !== run) return false
  const link = node.following?.link
  return link?.state === "connected" && link.peer === from && primaryOf(node) === idOf(primary)
}

/** The moves that are possible now, in a fixed order. */
export const moves = (state: State): ReadonlyArray<Move> => {
  const all: Array<Move> = []
  for (const node of Object.values(state.nodes)) {
    const id = idOf(node)
    for (const closing of node.closing) {
      if (!isRead(state, node, closing)) all.push({ _tag: "Forget", node: id, replica: closing.replica })
    }
    if (node.phase !== "running") continue
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
    if (move !== undefined) all.push({ _tag: move, node: id })
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
    ...alone(replica),
    backlog,
    following,
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
  const history = isFirst ? newHistory(primary, names.replid(state, primary.address)) : primary
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
    ...alone(replica),
    following,
    data,
    replid,
    offset,
    replid2: noReplid,
    secondOffset: -1,
    backlog: Backlog.startingAfter(offset),
    disk: { ...replica.disk, rdb: { data, lineage: { replid, offset } } }
  })
}

const applying = (replica: Node, entries: ReadonlyArray<Backlog.Entry>): Node => {
  const bytes = Config.numberOf(replica.config, "repl-backlog-size")
  return {
    ...replica,
    data: Backlog.applied(replica.data, entries),
    offset: entries.at(-1)?.end ?? replica.offset,
    backlog: Backlog.append(replica.backlog!, entries, bytes)
  }
}

const stream = (state: State, replica: Node): State => {
  const primary = linkedPrimary(state, replica)!
  return put(state, applying(replica, Backlog.after(primary.backlog!, replica.offset)))
}

/** What the link still holds is read before its end. */
const loseLink = (state: State, replica: Node): State => {
  const primary = state.nodes[primaryOf(replica)!]
  const rest = primary?.closing.find((one) => one.replica === idOf(replica) && isRead(state, primary, one))
  if (primary === undefined || rest === undefined) return put(state, unlinked(replica, 0))
  const late = rest.entries.filter(({ end }) => end > replica.offset)
  const now = put(state, { ...primary, closing: primary.closing.filter((one) => one !== rest) })
  return put(now, unlinked(applying(now.nodes[idOf(replica)]!, late), 0))
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
      return loseLink(state, node)
    case "LoseReplica":
      return put(state, without(node, move.replica))
    case "Forget":
      return put(state, {
        ...node,
        closing: node.closing.filter((one) => one.replica !== move.replica || isRead(state, node, one))
      })
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

/** Ends of links are noticed first, handshakes take longest. */
const order: ReadonlyArray<Move["_tag"]> = [
  "LoseLink",
  "LoseReplica",
  "Forget",
  "Loaded",
  "Stream",
  "Acknowledge",
  "Synchronised",
  "Connect"
]

/** What a link brings, as far as it is for `slow` replicas. */
const isLate = (slow: ReadonlyArray<Endpoint>, move: Move): boolean =>
  slow.includes(move.node) && (move._tag === "Stream" || move._tag === "Acknowledge" || move._tag === "Synchronised")

/** Which of the moves a network makes first that nobody disturbs; undefined when it is quiet. */
export const usual = (state: State, slow: ReadonlyArray<Endpoint> = []): Move | undefined => {
  const all = moves(state)
  const possible = slow.length === 0 ? all : all.filter((move) => !isLate(slow, move))
  return possible.length < 2
    ? possible[0]
    : possible.reduce((best, move) => (order.indexOf(move._tag) < order.indexOf(best._tag) ? move : best))
}

/** Moves until none is left: what a network does that nobody disturbs, but for what `slow` replicas are yet to get. */
export const settle = (state: State, names: Pick<Names, "replid">, slow: ReadonlyArray<Endpoint> = []): State => {
  let now = state
  for (let next = usual(now, slow); next !== undefined; next = usual(now, slow)) now = apply(now, next, names)
  return now
}

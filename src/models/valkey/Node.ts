/**
 * Valkey servers and the network between them as plain data. What they answer
 * is in `Exchange.ts`, what happens by itself in `Network.ts`, what breaks in
 * `Faults.ts`.
 */
import { nowhere } from "../../domain/valkey/Valkey.ts"
import type { Backlog, Entry } from "./Backlog.ts"
import { type Config, defaults } from "./Config.ts"
import * as Keys from "./Keys.ts"

/** Where a server listens: `10.0.0.4:6379`. */
export type Endpoint = string

export const endpoint = (address: string, port: number): Endpoint => `${address}:${port}`

/** How INFO writes "no such replication id". */
export const noReplid = "0".repeat(40)

/** A dataset on its way from a primary to a replica, as it was when the transfer began. */
export interface Snapshot {
  readonly data: Keys.Keys
  readonly replid: string
  readonly offset: number
}

/** `peer` is the run id of the process at the other end: a link never outlives it. */
export type Link =
  | { readonly state: "connect" }
  | { readonly state: "sync"; readonly peer: string; readonly snapshot: Snapshot }
  | { readonly state: "connected"; readonly peer: string }

export interface Following {
  readonly host: string
  readonly port: number
  readonly link: Link
  /** A partial resynchronisation may be asked for: data, replication id and offset belong together. */
  readonly cached: boolean
  /** Whole seconds since the link went down, up to `longestAge`; -1 when it was never up. */
  readonly downSeconds: number
  /** Whole seconds since anything was heard on a link that is up. */
  readonly silentSeconds: number
}

/** A replica as its primary sees it: `run` is the run id of the process at the other end. */
export interface Attached {
  readonly address: string
  readonly port: number
  readonly run: string
  readonly state: "send_bulk" | "online"
  /** The stream flows; after a full synchronisation only from the first acknowledgement on (`failover:M19`). */
  readonly streaming: boolean
  readonly acknowledged: number
  /** Whole seconds since the last acknowledgement, up to `longestAge`. */
  readonly ageSeconds: number
}

/** What a link that was closed still holds for the replica at its other end. */
export interface Closing {
  readonly replica: Endpoint
  /** Run ids of the replica and of the process that sent. */
  readonly run: string
  readonly from: string
  readonly entries: ReadonlyArray<Entry>
}

/** What a restart on the same disk finds; an AOF knows no replication id and no offset (`failover:2.6`). */
export interface Disk {
  readonly aof: Keys.Keys | undefined
  readonly rdb: { readonly data: Keys.Keys; readonly lineage: Lineage | undefined } | undefined
}

export interface Lineage {
  readonly replid: string
  readonly offset: number
}

export interface Node {
  readonly address: string
  readonly port: number
  /** A frozen process keeps its connections and answers nothing; one that ended is remembered for its disk. */
  readonly phase: "running" | "frozen" | "ended"
  /**
   * Something else answers operators here, and what it says is no RESP: it has
   * the port of a process that ended, or stands before one that runs.
   */
  readonly hasStranger: boolean
  readonly runId: string
  readonly config: Config
  readonly loading: boolean
  readonly data: Keys.Keys
  readonly replid: string
  readonly replid2: string
  readonly secondOffset: number
  readonly offset: number
  readonly backlog: Backlog | undefined
  /** The stream has named the database: the next write needs no SELECT before it. */
  readonly selected: boolean
  /** Undefined: a primary. */
  readonly following: Following | undefined
  readonly attached: ReadonlyArray<Attached>
  readonly closing: ReadonlyArray<Closing>
  readonly disk: Disk
  /** Writes wait until then, in milliseconds since 1970. */
  readonly pausedUntil: number
  /** What was sent to a frozen process by clients that gave up: it runs when the process goes on (`failover:F10`). */
  readonly late: ReadonlyArray<{ readonly user: string; readonly lines: ReadonlyArray<ReadonlyArray<string>> }>
}

export interface State {
  readonly nodes: Readonly<Record<Endpoint, Node>>
  /** Pairs of parties that do not hear each other: endpoints, or names of clients such as `operator`. */
  readonly cuts: ReadonlyArray<readonly [string, string]>
  /** How many run and replication ids were chosen so far. */
  readonly chosen: number
}

/** `repl-timeout`: a link that has been silent for so long is closed, and no age grows beyond it. */
export const longestAge = 60

export const noDisk: Disk = { aof: undefined, rdb: undefined }

export const empty: State = { nodes: {}, cuts: [], chosen: 0 }

/** A process that has not started: what a new pod brings. */
export const unborn = (address: string, port: number): Node => ({
  address,
  port,
  phase: "ended",
  hasStranger: false,
  runId: "",
  config: defaults,
  loading: false,
  data: Keys.empty,
  replid: noReplid,
  replid2: noReplid,
  secondOffset: -1,
  offset: 0,
  backlog: undefined,
  selected: false,
  following: undefined,
  attached: [],
  closing: [],
  disk: noDisk,
  pausedUntil: 0,
  late: []
})

export const idOf = (node: Node): Endpoint => endpoint(node.address, node.port)

export const put = (state: State, node: Node): State => ({
  ...state,
  nodes: { ...state.nodes, [idOf(node)]: node }
})

/** A link to nobody yet: to be tried. */
export const connecting: Link = { state: "connect" }

/** Names of the own machine mean the node's own address: every pod has its own loopback. */
export const primaryOf = (node: Node): Endpoint | undefined => {
  if (node.following === undefined) return undefined
  const { host, port } = node.following
  const isOwn = host === nowhere.host || host === "localhost" || host === "::1"
  return endpoint(isOwn ? node.address : host, port)
}

export const linkOf = (node: Node): Link["state"] | undefined => node.following?.link.state

/** Whether two parties hear each other. */
export const hears = (state: State, one: string, other: string): boolean =>
  !state.cuts.some(([a, b]) => (a === one && b === other) || (a === other && b === one))

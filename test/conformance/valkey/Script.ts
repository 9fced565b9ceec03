/**
 * Generated sequences of what is done to three servers: situations, because
 * each step is chosen from what makes sense in the state reached so far.
 */
import { endpoint, type Node, type State } from "../../../src/models/valkey/Node.ts"

export type Line = ReadonlyArray<string>

export type Step =
  | { readonly _tag: "Send"; readonly port: number; readonly lines: ReadonlyArray<Line> }
  | { readonly _tag: "Kill" | "Freeze" | "Proceed"; readonly port: number }
  | { readonly _tag: "Start"; readonly port: number; readonly dataset: "kept" | "empty"; readonly isReplica: boolean }

/** What a restart finds: nothing, an append-only file, or a snapshot of an orderly end. */
export type Disk = "none" | "aof" | "rdb"

export const host = "127.0.0.1"
export const keys = ["a", "b", "counter", "ünïcode"]

/** Draws from a tape of numbers, mixed with their places: the generator prefers the ends of its range. */
export interface Tape {
  readonly pick: <A>(from: ReadonlyArray<A>) => A
}

export const tape = (numbers: ReadonlyArray<number>): Tape => {
  let at = 0
  const mixed = () => Math.imul((numbers[at] ?? 0) + 7919 * at++, 0x9e3779b1) >>> 8
  return { pick: (from) => from[mixed() % from.length]! }
}

const write = ({ pick }: Tape): Line => {
  const key = pick(keys)
  return pick<() => Line>([
    () => ["SET", key, pick(["1", "x", "a longer value"])],
    () => ["set", key, "7", "NX"],
    () => ["INCR", "counter"],
    () => ["DEL", key, "a"]
  ])()
}

const replicaOf = (port: number): Line => ["REPLICAOF", host, String(port)]
const info: Line = ["INFO", "replication"]

const lines = (draw: Tape, ports: ReadonlyArray<number>): ReadonlyArray<Line> =>
  draw.pick<() => ReadonlyArray<Line>>([
    () => [write(draw)],
    () => [write(draw), ["GET", "a"], ["EXISTS", ...keys]],
    () => [write(draw)],
    () => [["MULTI"], write(draw), write(draw), ["EXEC"]],
    () => [["MULTI"], write(draw), ["EXEC"], ["PING"]],
    () => [replicaOf(draw.pick(ports))],
    () => [replicaOf(draw.pick(ports))],
    () => [["REPLICAOF", "NO", "ONE"]],
    () => [["REPLICAOF", "NO", "ONE"], write(draw)],
    () => [["MULTI"], info, replicaOf(1), ["EXEC"]],
    () => [["MULTI"], info, ["REPLICAOF", "NO", "ONE"], info, ["EXEC"]],
    () => [["MULTI"], replicaOf(draw.pick(ports)), write(draw), ["EXEC"]],
    () => [["CONFIG", "SET", "min-replicas-to-write", draw.pick(["0", "1", "2"])], write(draw)],
    () => [["CLIENT", "KILL", "TYPE", "normal", "USER", "nobody", "SKIPME", "yes"], replicaOf(draw.pick(ports))],
    () => [
      ["ACL", "SETUSER", "gungnir", "on", "resetpass", ">word", "~*", "&*", "+@all"],
      ["CLIENT", "KILL", "TYPE", "normal", "USER", "gungnir", "SKIPME", "yes"],
      ["REPLICAOF", "NO", "ONE"]
    ],
    () => [
      ["nonsense", "x"],
      ["GET"],
      ["MULTI"],
      ["GET"],
      write(draw),
      ["EXEC"],
      ["EXEC"],
      ["CONFIG", "GET", "min-replicas-to-write"]
    ]
  ])()

const ofEnded = ({ pick }: Tape, port: number): Step => ({
  _tag: "Start",
  port,
  dataset: pick(["kept", "empty", "kept"]),
  isReplica: pick([true, true, false])
})

/** The next step: of a server that ended or is frozen mostly the one that brings it back. */
export const next = (state: State, ports: ReadonlyArray<number>, draw: Tape): Step => {
  const port = draw.pick(ports)
  const node: Node | undefined = state.nodes[endpoint(host, port)]
  if (node === undefined || node.phase === "ended") return ofEnded(draw, port)
  if (node.phase === "frozen") return { _tag: "Proceed", port }
  return draw.pick<() => Step>([
    ...Array.from({ length: 14 }, () => () => ({ _tag: "Send", port, lines: lines(draw, ports) }) as const),
    () => ({ _tag: "Kill", port }),
    () => ({ _tag: "Kill", port }),
    () => ({ _tag: "Send", port, lines: [["SHUTDOWN"]] }),
    () => ({ _tag: "Freeze", port })
  ])()
}

/** Most sequences begin as a cluster does: fenced boots, one promotion, the others attached. */
export const prelude = (ports: ReadonlyArray<number>, { pick }: Tape): ReadonlyArray<Step> => {
  const boots = ports.map((port): Step => ({
    _tag: "Start",
    port,
    dataset: "empty",
    isReplica: pick([true, true, false])
  }))
  const [first, ...others] = ports
  const attach: ReadonlyArray<Step> = [
    {
      _tag: "Send",
      port: first!,
      lines: [
        ["REPLICAOF", "NO", "ONE"],
        ["SET", "a", "0"]
      ]
    },
    ...others.map((port): Step => ({ _tag: "Send", port, lines: [replicaOf(first!)] }))
  ]
  return [...boots, ...pick([attach, attach, attach, []])]
}

export const options = (disk: Disk, password: string): Readonly<Record<string, string>> => ({
  appendonly: disk === "aof" ? "yes" : "no",
  save: disk === "rdb" ? "3600 1" : "",
  requirepass: password,
  masterauth: password
})

export const nowhere = `${host} 1`

export const text = (step: Step): string => {
  switch (step._tag) {
    case "Send":
      return `${step.port}: ${step.lines.map((line) => line.join(" ")).join("; ")}`
    case "Start":
      return `${step.port}: start ${step.dataset} as ${step.isReplica ? "replica of nobody" : "primary"}`
    default:
      return `${step.port}: ${step._tag.toLowerCase()}`
  }
}

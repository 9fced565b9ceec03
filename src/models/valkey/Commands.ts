/**
 * The commands that a server knows, with the words they take and the states in
 * which they are refused. Names and flags are those of valkey-server 8.0.
 */
import type { Reply } from "../../domain/valkey/Wire.ts"
import * as Admin from "./Admin.ts"
import * as Session from "./Session.ts"
import { onNode, type Run } from "./Session.ts"
import * as Strings from "./Strings.ts"

export interface Command {
  readonly name: string
  /** Words, its name included; negative: at least so many. */
  readonly arity: number
  readonly isWrite: boolean
  /** Answers while the dataset is being loaded. */
  readonly whileLoading: boolean
  /** Answers when the link is down and `replica-serve-stale-data` is `no`. */
  readonly whileStale: boolean
  /** Refused between MULTI and EXEC. */
  readonly isAlone: boolean
  readonly run: Run
}

const arities: Readonly<Record<string, number>> = {
  append: 3,
  dbsize: 1,
  decr: 2,
  del: -2,
  exists: -2,
  get: 2,
  incr: 2,
  incrby: 3,
  mget: -2,
  set: -3,
  type: 2
}

const always = (name: string, arity: number, run: Run): Command => ({
  name,
  arity,
  isWrite: false,
  whileLoading: true,
  whileStale: true,
  isAlone: false,
  run
})

const onData = (name: string, arity: number, run: Run): Command => ({
  ...always(name, arity, run),
  whileLoading: false,
  whileStale: false
})

const writing = (name: string): Command => ({
  ...onData(
    name,
    arities[name]!,
    onNode((node, words) => {
      const { changes, reply } = Strings.writes[name]!(node.data, words.slice(1))
      if (changes.length === 0) return { node, reply }
      return { node: { ...node, data: Strings.changed(node.data, changes) }, reply, written: words }
    })
  ),
  isWrite: true
})

const reading = (name: string): Command =>
  onData(
    name,
    arities[name]!,
    onNode((node, words) => ({ node, reply: Strings.reads[name]!(node.data, words.slice(1)) }))
  )

const answering = (name: string, arity: number, reply: (words: ReadonlyArray<string>) => Reply): Command =>
  always(name, arity, (turn, words) => [turn, reply(words)])

/** What MULTI, EXEC and DISCARD do is in `Exchange.ts`: it is about all the others. */
const transaction = (name: string): Command => ({ ...answering(name, 1, () => "OK"), isAlone: name === "multi" })

const all: ReadonlyArray<Command> = [
  ...Object.keys(Strings.writes).map(writing),
  ...Object.keys(Strings.reads).map(reading),
  onData("ping", -1, (turn, words) => [turn, words[1] ?? "PONG"]),
  onData("wait", 3, Session.wait),
  { ...always("replicaof", 3, onNode(Admin.replicaOf)), whileLoading: false },
  { ...always("shutdown", -1, Session.shutdown), isAlone: true },
  always("role", 1, onNode(Admin.role)),
  always("info", -1, onNode(Admin.info)),
  always("config|get", -3, onNode(Admin.configGet)),
  always("config|set", -4, onNode(Admin.configSet)),
  always("client|pause", -3, onNode(Admin.pause)),
  always("client|unpause", 2, onNode(Admin.unpause)),
  always("client|kill", -3, onNode(Admin.kill)),
  always("hello", -1, Session.hello),
  always("auth", -2, Session.auth),
  always("acl|setuser", -3, onNode(Admin.setUser)),
  always("acl|whoami", 2, Session.whoAmI),
  { ...always("reset", 1, Session.reset), isAlone: true },
  ...["multi", "exec", "discard"].map(transaction),
  answering("client|id", 2, () => 1),
  answering("client|setinfo", 4, () => "OK"),
  answering("client|setname", 3, () => "OK"),
  answering("client|no-evict", 3, () => "OK"),
  answering("select", 2, Admin.select),
  answering("echo", 2, (words) => words[1]!),
  answering("command", -1, () => []),
  answering("command|docs", -2, () => []),
  answering("quit", -1, () => "OK")
]

const byName: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.name, command]))

const aliases: Readonly<Record<string, string>> = { slaveof: "replicaof" }

/** The command of a line, or the error reply of a server that does not know it or misses words. */
export const lookUp = (words: ReadonlyArray<string>): Command | { readonly error: string } => {
  const typed = words[0] ?? ""
  const name = aliases[typed.toLowerCase()] ?? typed.toLowerCase()
  const container = words[1] === undefined ? undefined : byName.get(`${name}|${words[1].toLowerCase()}`)
  const command = container ?? byName.get(name)
  if (command === undefined) return { error: unknown(typed, name, words) }
  const fits = command.arity > 0 ? words.length === command.arity : words.length >= -command.arity
  return fits ? command : { error: `ERR wrong number of arguments for '${command.name}' command` }
}

const unknown = (typed: string, name: string, words: ReadonlyArray<string>): string => {
  if (name === "config" || name === "client") {
    return words.length < 2
      ? `ERR wrong number of arguments for '${name}' command`
      : `ERR unknown subcommand '${words[1]}'. Try ${name.toUpperCase()} HELP.`
  }
  const beginning = words
    .slice(1)
    .map((word) => `'${word}' `)
    .join("")
  return `ERR unknown command '${typed}', with args beginning with: ${beginning}`
}

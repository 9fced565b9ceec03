/**
 * The options of a server that decide anything here, as CONFIG GET and SET see
 * them, and the users that may log in.
 */
import { operatorUser } from "../../domain/valkey/Handshake.ts"

/** All options as text, under their present names. */
export type Config = Readonly<Record<string, string>>

/** Of valkey-server 8.0. */
export const defaults: Config = {
  appendonly: "no",
  databases: "1",
  masterauth: "",
  masteruser: "",
  "min-replicas-max-lag": "10",
  "min-replicas-to-write": "0",
  port: "6379",
  "repl-backlog-size": "10485760",
  "replica-priority": "100",
  "replica-serve-stale-data": "yes",
  replicaof: "",
  requirepass: "",
  save: "3600 1 300 100 60 10000",
  user: ""
}

/** The lines of a valkey.conf as the server reads them, without quotes; the last of a name counts. */
export const directives = (text: string): Config =>
  Object.fromEntries(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [name = "", ...words] = line.split(/\s+/)
        return [name, words.join(" ").replace(/^"(.*)"$/, "$1")]
      })
  )

const aliases: Readonly<Record<string, string>> = {
  "min-slaves-max-lag": "min-replicas-max-lag",
  "min-slaves-to-write": "min-replicas-to-write",
  primaryauth: "masterauth",
  primaryuser: "masteruser",
  slaveof: "replicaof",
  "slave-priority": "replica-priority",
  "slave-serve-stale-data": "replica-serve-stale-data"
}

const nameOf = (option: string): string => aliases[option.toLowerCase()] ?? option.toLowerCase()

const immutable: ReadonlyArray<string> = ["databases", "replicaof", "user"]
const integers: ReadonlyArray<string> = ["min-replicas-max-lag", "min-replicas-to-write", "replica-priority", "port"]
const flags: ReadonlyArray<string> = ["appendonly", "replica-serve-stale-data"]

export const numberOf = (config: Config, option: string): number => Number(config[option] ?? "0")

/** What is wrong with setting `option` in a running server, as the server says it. */
const objection = (option: string, value: string): string | undefined => {
  if (immutable.includes(option)) return "can't set immutable config"
  if (integers.includes(option) && !/^-?\d+$/.test(value)) return "argument couldn't be parsed into an integer"
  if (flags.includes(option) && value !== "yes" && value !== "no") return "argument must be 'yes' or 'no'"
  return undefined
}

/** The options after `CONFIG SET`, or the error reply: all are set or none. */
export const set = (
  config: Config,
  words: ReadonlyArray<string>
): { readonly config: Config } | { readonly error: string } => {
  const seen = new Set<string>()
  const next: Record<string, string> = { ...config }
  for (let index = 0; index < words.length; index += 2) {
    const option = nameOf(words[index]!)
    const value = words[index + 1]
    if (value === undefined || !(option in defaults)) {
      return { error: `ERR Unknown option or number of arguments for CONFIG SET - '${words[index]}'` }
    }
    const why = seen.has(option) ? "duplicate parameter" : objection(option, value)
    if (why !== undefined) {
      return { error: `ERR CONFIG SET failed (possibly related to argument '${words[index]}') - ${why}` }
    }
    seen.add(option)
    next[option] = value
  }
  return { config: next }
}

/** Options as `valkey.conf` or the command line give them; what the model does not know has no effect. */
export const boot = (options: Readonly<Record<string, string>>): Config => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(options).map(([name, value]) => [nameOf(name), value]))
})

/** Option names that match a pattern with `*`. */
export const matching = (config: Config, pattern: string): ReadonlyArray<readonly [string, string]> => {
  const source = pattern
    .toLowerCase()
    .split("*")
    .map((text) => text.replace(/[^\w-]/g, "\\$&"))
  const shape = new RegExp(`^${source.join(".*")}$`)
  return Object.entries(config).filter(
    ([name]) => name !== "user" && (shape.test(name) || (!pattern.includes("*") && name === nameOf(pattern)))
  )
}

/** Whether this user may log in with this password; an empty `requirepass` lets anybody be `default`. */
export const accepts = (config: Config, user: string, password: string): boolean =>
  user === "default"
    ? config["requirepass"] === "" || config["requirepass"] === password
    : userLines(config).some((words) => words[0] === user && words.includes("on") && words.includes(`>${password}`))

/** Whether there is such a user: the operators' is made by whoever logs in as one. */
export const knows = (config: Config, user: string): boolean =>
  user === "default" || user === operatorUser || userLines(config).some(([name]) => name === user)

/** `ACL SETUSER`: the rules are added to those that the user has, `resetpass` takes its passwords away. */
export const withUser = (config: Config, [name = "", ...rules]: ReadonlyArray<string>): Config => {
  const lines = userLines(config).filter(([user]) => user !== "")
  const [, ...before] = lines.find(([user]) => user === name) ?? []
  const kept = rules.includes("resetpass") ? before.filter((rule) => !rule.startsWith(">")) : before
  const all = [
    ...lines.filter(([user]) => user !== name),
    [name, ...kept, ...rules.filter((one) => one !== "resetpass")]
  ]
  return { ...config, user: all.map((words) => words.join(" ")).join("\n") }
}

/** Whether a user may run a command: `+@all`, `+info`, `-shutdown` as the last word that fits says. */
export const permits = (config: Config, user: string, command: string): boolean => {
  if (user === "default" || user === operatorUser) return true
  let may = false
  for (const word of userLines(config).find((words) => words[0] === user) ?? []) {
    const rule = word.toLowerCase()
    if (rule === "+@all" || rule === "allcommands" || rule === `+${command}`) may = true
    if (rule === "-@all" || rule === "nocommands" || rule === `-${command}`) may = false
  }
  return may
}

const userLines = (config: Config): ReadonlyArray<ReadonlyArray<string>> =>
  (config["user"] ?? "").split("\n").map((line) => line.trim().split(/\s+/))

/** Commands about the server itself: roles, options, clients. */
import type { Reply } from "../../domain/valkey/Wire.ts"
import type { Done, NodeRun } from "./Session.ts"
import * as Config from "./Config.ts"
import type { Node } from "./Node.ts"
import * as Report from "./Report.ts"
import * as Stream from "./Stream.ts"

const failed = (node: Node, error: string): Done => ({ node, reply: { error } })

type Run = NodeRun

/** `REPLICAOF host port`, `REPLICAOF NO ONE` (`failover:2.2`). */
export const replicaOf: Run = (node, [, host, port], { chosen, replid }) => {
  if (host!.toUpperCase() === "NO" && port!.toUpperCase() === "ONE") {
    return node.following === undefined
      ? { node, reply: "OK" }
      : { node: Stream.lead(node, replid({ chosen }, node.address)), reply: "OK", chose: true }
  }
  const number = Number(port)
  if (!/^\d+$/.test(port!) || number > 65_535) return failed(node, "ERR Invalid master port")
  return Stream.follows(node, host!, number)
    ? { node, reply: "OK Already connected to specified master" }
    : { node: Stream.follow(node, host!, number), reply: "OK" }
}

export const role: Run = (node) => ({ node, reply: Report.role(node) })

export const info: Run = (node, [, ...sections]) => ({ node, reply: Report.info(node, sections) })

export const configGet: Run = (node, [, , ...patterns]) => ({
  node,
  reply: patterns.flatMap((pattern) => Config.matching(node.config, pattern)).flat()
})

export const configSet: Run = (node, [, , ...words]) => {
  const set = Config.set(node.config, words)
  return "error" in set ? failed(node, set.error) : { node: { ...node, config: set.config }, reply: "OK" }
}

/** `CLIENT PAUSE millis [WRITE | ALL]`: writes wait; that reads wait too under ALL is not modelled. */
export const pause: Run = (node, [, , millis], { nowMillis }) =>
  /^\d+$/.test(millis!)
    ? { node: { ...node, pausedUntil: nowMillis + Number(millis) }, reply: "OK" }
    : failed(node, "ERR timeout is not an integer or out of range")

export const unpause: Run = (node) => ({ node: { ...node, pausedUntil: 0 }, reply: "OK" })

/** Makes a user, or gives it more rules. */
export const setUser: Run = (node, [, , ...words]) => ({
  node: { ...node, config: Config.withUser(node.config, words) },
  reply: "OK"
})

/** Words come in pairs: an option and its value. */
const optionIn = (words: ReadonlyArray<string>, option: string): string | undefined =>
  words.find((_, index) => index % 2 === 1 && words[index - 1]!.toUpperCase() === option)

/**
 * `CLIENT KILL TYPE type [USER user] [SKIPME yes]`; answers how many connections
 * were closed. Of ordinary clients the model keeps those that gave up.
 */
export const kill: Run = (node, [, , ...words]) => {
  const type = words[0]?.toUpperCase() === "TYPE" ? words[1]?.toLowerCase() : undefined
  const user = optionIn(words, "USER")
  if (user !== undefined && !Config.knows(node.config, user)) return failed(node, `ERR No such user '${user}'`)
  switch (type) {
    case "normal": {
      const late = node.late.filter((one) => user !== undefined && one.user !== user)
      const count = node.late.length - late.length
      return { node: count === 0 ? node : { ...node, late }, reply: count }
    }
    case "pubsub":
      return { node, reply: 0 }
    case "replica":
    case "slave":
      return { node: Stream.alone(node), reply: node.attached.length }
    case "master":
    case "primary":
      return { node: Stream.unlinked(node, 0), reply: node.following?.link.state === "connected" ? 1 : 0 }
    case undefined:
      return failed(node, "ERR syntax error")
    default:
      return failed(node, `ERR Unknown client type '${words[1]}'`)
  }
}

/** The model has database 0 only. */
export const select = (words: ReadonlyArray<string>): Reply => {
  if (words[1] === "0") return "OK"
  const isNumber = /^-?\d+$/.test(words[1]!)
  return { error: isNumber ? "ERR DB index is out of range" : "ERR value is not an integer or out of range" }
}

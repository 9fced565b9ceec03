/**
 * What the model answers, as a server puts it on the wire: which texts are
 * statuses, and what RESP3 has types for.
 */
import * as Resp3 from "../../domain/valkey/Resp3.ts"
import { isError, type Reply } from "../../domain/valkey/Wire.ts"

type Words = ReadonlyArray<string>

const isText = (reply: Reply): reply is string => typeof reply === "string"
const isList = (reply: Reply): reply is ReadonlyArray<Reply> => Array.isArray(reply)

const pairs = (flat: ReadonlyArray<Reply>): Resp3.Pairs =>
  Array.from({ length: Math.floor(flat.length / 2) }, (_, index) => [
    bulk(flat[2 * index]!),
    bulk(flat[2 * index + 1]!)
  ])

/** Text is data: also one that reads like a status. */
const bulk = (reply: Reply): Resp3.Value => {
  if (isText(reply)) return Resp3.bytes(reply)
  return isList(reply) ? reply.map(bulk) : Resp3.fromReply(reply)
}

/** HELLO says which protocol is spoken from now on. */
const greeting = (flat: ReadonlyArray<Reply>, protocol: Resp3.Protocol): ReadonlyArray<Reply> =>
  flat.map((word, index) => (flat[index - 1] === "proto" ? protocol : word))

/** The protocol after a HELLO that succeeded. */
export const protocolAfter = (words: Words, reply: Reply, before: Resp3.Protocol): Resp3.Protocol => {
  if (words[0]?.toLowerCase() === "reset") return 2
  if (words[0]?.toLowerCase() !== "hello" || isError(reply)) return before
  return words[1] === "3" ? 3 : words[1] === "2" ? 2 : before
}

/** The reply to `words` on a connection that speaks `protocol`. */
export const valueOf = (words: Words, reply: Reply, protocol: Resp3.Protocol): Resp3.Value => {
  if (isError(reply)) return Resp3.fromReply(reply)
  switch (words[0]?.toLowerCase()) {
    case "hello":
      return isList(reply) ? { _tag: "Map", pairs: pairs(greeting(reply, protocol)) } : Resp3.fromReply(reply)
    case "config":
      return isList(reply) ? { _tag: "Map", pairs: pairs(reply) } : Resp3.fromReply(reply)
    case "info":
      return isText(reply) && reply !== "QUEUED"
        ? { _tag: "Verbatim", format: "txt", bytes: Resp3.bytes(reply) }
        : Resp3.fromReply(reply)
    case "type":
    case "reset":
      return isText(reply) ? reply : Resp3.fromReply(reply)
    case "get":
    case "mget":
    case "echo":
      return reply === "QUEUED" ? reply : bulk(reply)
    default:
      return Resp3.fromReply(reply)
  }
}

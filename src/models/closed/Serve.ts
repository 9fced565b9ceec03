/**
 * How the world answers requests: the API server and the nodes of
 * `src/models`, as they are.
 */
import type { Read } from "../../domain/check/System.ts"
import type { ApiRequest } from "../../domain/kube/Wire.ts"
import type { Exchange } from "../../domain/valkey/Wire.ts"
import { handle } from "../kube/api/Server.ts"
import type { Names } from "../Names.ts"
import { abandon, dismisses, exchange } from "../valkey/Exchange.ts"
import type { World } from "../World.ts"
import type { Outside, Served } from "./Outside.ts"
import type { Parts } from "./Parts.ts"
import { answered, changed } from "./Step.ts"
import { answerRead } from "./Unread.ts"

const placeOf = ({ name, namespace, resource, subresource }: ApiRequest): string =>
  [namespace, resource, name, subresource].filter((part) => part !== undefined && part !== "").join("/")

const wordsOf = ({ awaitEnd, lines }: Exchange): string =>
  awaitEnd === true ? "hold" : lines.map((line) => line.slice(0, 2).map(String).join(" ")).join("; ")

/** What a request is called, for fairness and people. */
export const keyOf = (system: string, wire: unknown): string => {
  if (system === "kubernetes") {
    const request = wire as ApiRequest
    return `${request.verb} ${placeOf(request)}`
  }
  const request = wire as Exchange
  return `${wordsOf(request)} at ${request.address}:${request.port}`
}

/**
 * Time does not stand still: a stamp that is that of the last time is another
 * one, or the renewal of a Lease would be no change.
 */
const stamped = (api: World["api"], request: ApiRequest, names: Names): ReturnType<typeof handle> => {
  const first = handle(api, request, names)
  const isRenewal = request.stamps?.some(({ value }) => value === "micros") === true
  return isRenewal && first[0] === api ? handle(api, request, { ...names, nowMillis: names.nowMillis + 1 }) : first
}

const ofApi = (request: ApiRequest, read: Read<Parts>): Omit<Served<Parts>, "key"> => {
  const [set, reply] = answered(read, request, (world, names) => {
    const [api, answer] = stamped(world.api, request, names)
    return [api === world.api ? world : { ...world, api }, answer]
  })
  return { set, reply }
}

/** Who asks makes a difference where the network is cut. */
const questions = new WeakMap<Exchange, Map<string, object>>()

const questionOf = (wire: Exchange, from: string): object => {
  const all = questions.get(wire) ?? new Map<string, object>()
  const question = all.get(from) ?? {}
  questions.set(wire, all.set(from, question))
  return question
}

const ofNodes = (wire: Exchange, read: Read<Parts>, from: string): Omit<Served<Parts>, "key"> => {
  const [set, reply] = answered(read, questionOf(wire, from), (world, names) => {
    const [valkey, replies] = exchange(world.valkey, wire, names, from)
    return [valkey === world.valkey ? world : { ...world, valkey }, answerRead(replies)]
  })
  return dismisses(wire) && Array.isArray(reply) ? { set, reply, ...severing(wire) } : { set, reply }
}

/** The server has ended all connections of operators but the one that `wire` came on. */
const severing = ({ address, port, runId }: Exchange) => ({
  ended: "Closed",
  severs: (system: string, wire: unknown): boolean => {
    // A request is carried by the capability of its system, so it is that capability's wire.
    const other = wire as Exchange
    return system === "valkey" && other.address === address && other.port === port && other.runId === runId
  }
})

/** A request is carried by the capability of its system, so it is that capability's wire. */
export const serve: Outside<Parts>["serve"] = (system, wire, read, from) => ({
  key: keyOf(system, wire),
  ...(system === "kubernetes" ? ofApi(wire as ApiRequest, read) : ofNodes(wire as Exchange, read, from))
})

/** Nobody answers in time. A frozen process gets what was sent when it goes on (`failover:F10`). */
export const giveUp: Outside<Parts>["giveUp"] = (system, wire, read, from) => ({
  key: keyOf(system, wire),
  set:
    system === "kubernetes"
      ? {}
      : changed(read, (world) => {
          const valkey = abandon(world.valkey, wire as Exchange, from)
          return valkey === world.valkey ? world : { ...world, valkey }
        }),
  reply: system === "kubernetes" ? { status: 0, body: "TimedOut" } : "TimedOut"
})

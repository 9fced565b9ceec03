/**
 * Single-decree Paxos of three servers under two clients, each of which puts a
 * value and then gets one, over a network that neither orders nor duplicates;
 * with what the clients have seen, by which linearizability is judged.
 */
import type { Action, Read, System } from "../../../src/domain/check/System.ts"

type Ballot = readonly [round: number, server: number]
type Proposal = readonly [request: number, client: number, value: string]
type Accepted = readonly [Ballot, Proposal] | null

interface Server {
  readonly ballot: Ballot
  readonly proposal: Proposal | null
  /** By server. */
  readonly prepares: Readonly<Record<number, Accepted>>
  readonly accepts: ReadonlyArray<number>
  readonly accepted: Accepted
  readonly isDecided: boolean
}

interface Client {
  readonly awaiting: number | null
  readonly operations: number
}

type Message =
  | { readonly is: "Put"; readonly request: number; readonly value: string }
  | { readonly is: "Get"; readonly request: number }
  | { readonly is: "PutOk"; readonly request: number }
  | { readonly is: "GetOk"; readonly request: number; readonly value: string }
  | { readonly is: "Prepare"; readonly ballot: Ballot }
  | { readonly is: "Prepared"; readonly ballot: Ballot; readonly last: Accepted }
  | { readonly is: "Accept"; readonly ballot: Ballot; readonly proposal: Proposal }
  | { readonly is: "Accepted"; readonly ballot: Ballot }
  | { readonly is: "Decided"; readonly ballot: Ballot; readonly proposal: Proposal }

interface Envelope {
  readonly from: number
  readonly to: number
  readonly message: Message
}

/** What a client did, and how much the other one had completed when it began. */
interface Operation {
  readonly what: string
  readonly result: string
  readonly othersBefore: number
}

export interface Paxos extends Readonly<Record<string, unknown>> {
  readonly network: ReadonlyArray<Envelope>
  readonly history: Readonly<Record<number, ReadonlyArray<Operation>>>
  readonly inFlight: Readonly<Record<number, { readonly what: string; readonly othersBefore: number } | null>>
}

const servers = [0, 1, 2]
const clients = [3, 4]
const majority = 2

const serverOf = (read: Read<Paxos>, id: number): Server => read(`actor:${id}`) as Server
const clientOf = (read: Read<Paxos>, id: number): Client => read(`actor:${id}`) as Client

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** The same for equal values, whatever the order of their fields. */
const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).toSorted(([left], [right]) => compareText(left, right))
  return `{${fields.map(([name, field]) => `${name}:${textOf(field)}`).join()}}`
}

const sorted = (network: ReadonlyArray<Envelope>): ReadonlyArray<Envelope> =>
  network.toSorted((left, right) => compareText(textOf(left), textOf(right)))

const isLower = (left: Ballot, right: Ballot): boolean =>
  left[0] < right[0] || (left[0] === right[0] && left[1] < right[1])
const isSame = (left: Ballot, right: Ballot): boolean => left[0] === right[0] && left[1] === right[1]

/** What a server does with a message; undefined: nothing, and the message stays. */
type Reaction = { readonly server: Server; readonly out: ReadonlyArray<readonly [number, Message]> } | undefined

const toPeers = (id: number, message: Message): ReadonlyArray<readonly [number, Message]> =>
  servers.filter((peer) => peer !== id).map((peer) => [peer, message] as const)

const latest = (prepares: Server["prepares"]): Proposal | undefined => {
  let best: Accepted = null
  for (const accepted of Object.values(prepares)) {
    if (accepted !== null && (best === null || isLower(best[0], accepted[0]))) best = accepted
  }
  return best?.[1]
}

const prepared = (id: number, server: Server, from: number, last: Accepted): Reaction => {
  const prepares = { ...server.prepares, [from]: last }
  if (Object.keys(prepares).length !== majority) return { server: { ...server, prepares }, out: [] }
  const proposal = latest(prepares) ?? server.proposal!
  const next: Server = {
    ...server,
    prepares,
    proposal,
    accepted: [server.ballot, proposal],
    accepts: [...new Set([...server.accepts, id])].toSorted()
  }
  return { server: next, out: toPeers(id, { is: "Accept", ballot: server.ballot, proposal }) }
}

const accepted = (id: number, server: Server, from: number): Reaction => {
  const accepts = [...new Set([...server.accepts, from])].toSorted()
  if (accepts.length !== majority) return { server: { ...server, accepts }, out: [] }
  const proposal = server.proposal!
  const [request, client] = proposal
  return {
    server: { ...server, accepts, isDecided: true },
    out: [
      ...toPeers(id, { is: "Decided", ballot: server.ballot, proposal }),
      [client, { is: "PutOk", request }] as const
    ]
  }
}

const proposed = (id: number, server: Server, from: number, request: number, value: string): Reaction => {
  if (server.proposal !== null) return undefined
  const ballot: Ballot = [server.ballot[0] + 1, id]
  return {
    server: {
      ...server,
      proposal: [request, from, value],
      ballot,
      prepares: { [id]: server.accepted },
      accepts: []
    },
    out: toPeers(id, { is: "Prepare", ballot })
  }
}

const react = (id: number, server: Server, from: number, message: Message): Reaction => {
  if (server.isDecided) {
    return message.is === "Get"
      ? { server, out: [[from, { is: "GetOk", request: message.request, value: server.accepted![1][2] }]] }
      : undefined
  }
  switch (message.is) {
    case "Put":
      return proposed(id, server, from, message.request, message.value)
    case "Prepare":
      return isLower(server.ballot, message.ballot)
        ? {
            server: { ...server, ballot: message.ballot },
            out: [[from, { is: "Prepared", ballot: message.ballot, last: server.accepted }]]
          }
        : undefined
    case "Prepared":
      return isSame(message.ballot, server.ballot) ? prepared(id, server, from, message.last) : undefined
    case "Accept":
      return isLower(message.ballot, server.ballot)
        ? undefined
        : {
            server: { ...server, ballot: message.ballot, accepted: [message.ballot, message.proposal] },
            out: [[from, { is: "Accepted", ballot: message.ballot }]]
          }
    case "Accepted":
      return isSame(message.ballot, server.ballot) ? accepted(id, server, from) : undefined
    case "Decided":
      return {
        server: { ...server, ballot: message.ballot, accepted: [message.ballot, message.proposal], isDecided: true },
        out: []
      }
    default:
      return undefined
  }
}

const sent = (network: ReadonlyArray<Envelope>, index: number, out: ReadonlyArray<Envelope>) =>
  sorted([...network.toSpliced(index, 1), ...out])

const other = (client: number): number => (client === 3 ? 4 : 3)

/** A client that was answered: what it asked is complete; after its put it gets. */
const answered = (read: Read<Paxos>, envelope: Envelope, index: number): Partial<Paxos> | undefined => {
  const { message, to } = envelope
  const client = clientOf(read, to)
  if ((message.is !== "PutOk" && message.is !== "GetOk") || client.awaiting !== message.request) return undefined
  const history = read("history")
  const began = read("inFlight")[to]!
  const result = message.is === "GetOk" ? message.value : ""
  const done = { ...history, [to]: [...history[to]!, { ...began, result }] }
  if (message.is === "GetOk") {
    return {
      [`actor:${to}`]: { awaiting: null, operations: client.operations + 1 },
      network: sent(read("network"), index, []),
      history: done,
      inFlight: { ...read("inFlight"), [to]: null }
    }
  }
  const request = (client.operations + 1) * to
  return {
    [`actor:${to}`]: { awaiting: request, operations: client.operations + 1 },
    network: sent(read("network"), index, [
      { from: to, to: (to + client.operations) % servers.length, message: { is: "Get", request } }
    ]),
    history: done,
    inFlight: { ...read("inFlight"), [to]: { what: "read", othersBefore: done[other(to)]!.length } }
  }
}

const deliver: Action<Paxos> = {
  name: "deliver",
  fairness: "weak",
  *outcomes(read) {
    const network = read("network")
    for (const [index, envelope] of network.entries()) {
      if (index > 0 && textOf(envelope) === textOf(network[index - 1])) continue
      const key = textOf(envelope)
      if (envelope.to >= servers.length) {
        const set = answered(read, envelope, index)
        if (set !== undefined) yield { key, set }
        continue
      }
      const reaction = react(envelope.to, serverOf(read, envelope.to), envelope.from, envelope.message)
      if (reaction === undefined) continue
      const out = reaction.out.map(([to, message]) => ({ from: envelope.to, to, message }))
      yield { key, set: { [`actor:${envelope.to}`]: reaction.server, network: sent(network, index, out) } }
    }
  }
}

const nobody: Server = { ballot: [0, 0], proposal: null, prepares: {}, accepts: [], accepted: null, isDecided: false }
const valueOf = (client: number): string => (client === 3 ? "A" : "B")

/** Whether the completed operations, and any of those under way, have an order that a register explains. */
export const isLinearizable = (history: Paxos["history"], inFlight: Paxos["inFlight"]): boolean => {
  const search = (done: Readonly<Record<number, number>>, register: string): boolean => {
    if (clients.every((client) => done[client] === history[client]!.length)) return true
    return clients.some((client) => {
      const operations = history[client]!
      const next = operations[done[client]!]
      const isPending = next === undefined
      const operation = next ?? inFlight[client]
      if (operation === undefined || operation === null || done[client]! > operations.length) return false
      if (operation.othersBefore > done[other(client)]!) return false
      const after = { ...done, [client]: done[client]! + 1 }
      if (operation.what.startsWith("write")) return searchPast(after, operation.what.slice(6))
      return (isPending || next.result === register) && searchPast(after, register)
    })
  }
  const searchPast = (done: Readonly<Record<number, number>>, register: string): boolean =>
    clients.every((client) => done[client]! >= history[client]!.length) || search(done, register)
  return searchPast({ 3: 0, 4: 0 }, "")
}

export const paxos: System<Paxos> = {
  name: "single-decree Paxos",
  initial: [
    {
      ...Object.fromEntries(servers.map((id) => [`actor:${id}`, nobody])),
      ...Object.fromEntries(clients.map((id) => [`actor:${id}`, { awaiting: id, operations: 1 } satisfies Client])),
      network: sorted(
        clients.map((id) => ({
          from: id,
          to: id % servers.length,
          message: { is: "Put", request: id, value: valueOf(id) }
        }))
      ),
      history: { 3: [], 4: [] },
      inFlight: {
        3: { what: "write A", othersBefore: 0 },
        4: { what: "write B", othersBefore: 0 }
      }
    }
  ],
  actions: [deliver],
  budgets: {},
  properties: [
    { _tag: "Always", name: "linearizable", holds: (read) => isLinearizable(read("history"), read("inFlight")) },
    {
      _tag: "Sometimes",
      name: "a value is read",
      holds: (read) => read("network").some(({ message }) => message.is === "GetOk")
    }
  ]
}

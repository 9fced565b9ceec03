/** Requests and answers in the words of a trace. */
import * as Predicate from "effect/Predicate"
import type { Call } from "./Slot.ts"

type Sent = Pick<Call, "command" | "wire">

const field = (value: unknown, name: string): unknown => (Predicate.hasProperty(value, name) ? value[name] : undefined)

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text)

/** Where a request goes: `configmaps/hello`, the address of a node, or what its wire is. */
const target = (wire: unknown): string => {
  const resource = field(wire, "resource")
  if (typeof resource === "string") {
    // What is created has its name in itself, if it has one.
    const name = field(wire, "name") ?? field(field(field(wire, "body"), "metadata"), "name")
    const path = [resource, name, field(wire, "subresource")]
    return path.filter((part) => typeof part === "string" && part !== "").join("/")
  }
  const address = field(wire, "address")
  if (typeof address !== "string") return short(JSON.stringify(wire) ?? "")
  const lines = field(wire, "lines")
  return Array.isArray(lines) ? `${address} ${short(lines.map((line) => String(line)).join("; "))}` : address
}

export const request = ({ command, wire }: Sent): string => `${command} ${target(wire)}`

const answer = (reply: unknown): string => {
  const status = field(reply, "status")
  const body = field(reply, "body")
  if (status === 0) return String(body)
  const reason = field(body, "reason")
  if (status !== undefined) return typeof reason === "string" ? `${String(status)} ${reason}` : String(status)
  return short(typeof reply === "string" ? reply : (JSON.stringify(reply) ?? String(reply)))
}

export const exchange = (sent: Sent, reply: unknown): string => `${request(sent)} -> ${answer(reply)}`

/**
 * What happens to a body between a command and the wire, the same for every
 * transport: secret words are unwrapped, stamps are filled in.
 */
import * as Redacted from "effect/Redacted"
import type { KubeObject } from "./Object.ts"
import type { ApiRequest } from "./Wire.ts"

/** What a transport or the server model supplies for stamps. */
export interface Stamps {
  /** Milliseconds since 1970. */
  readonly nowMillis: number
  readonly password: () => string
}

/** RFC 3339 with whole seconds: `Time` of the Kubernetes API. */
export const seconds = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

/** RFC 3339 with six digits: `MicroTime` of the Kubernetes API. */
const micros = (millis: number): string => new Date(millis).toISOString().replace("Z", "000Z")

/** Parts of bodies that hold no secret: a cache of a pure function, since much of a body is what was read before. */
const clear = new WeakSet<object>()

const revealAll = (fields: object): object => {
  const entries = Object.entries(fields)
  const next = entries.filter(([, field]) => field !== undefined).map(([name, field]) => [name, reveal(field)] as const)
  const isSame =
    Object.getPrototypeOf(fields) === Object.prototype &&
    next.length === entries.length &&
    next.every(([, field], index) => field === entries[index]![1])
  return isSame ? fields : Object.fromEntries(next)
}

/** The value itself where it holds no secret and nothing undefined. */
const reveal = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) return Redacted.value(value)
  if (typeof value !== "object" || value === null || clear.has(value)) return value
  const items = Array.isArray(value) ? value.map(reveal) : undefined
  const isSame = items?.every((item, index) => item === (value as ReadonlyArray<unknown>)[index])
  const next = items === undefined ? revealAll(value) : isSame === true ? value : items
  clear.add(next)
  return next
}

const put = (body: unknown, path: ReadonlyArray<string>, value: string): unknown => {
  const [head, ...rest] = path
  if (head === undefined) return value
  if (Array.isArray(body)) return body.map((item, index) => (String(index) === head ? put(item, rest, value) : item))
  const record = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {}
  return { ...record, [head]: put(record[head], rest, value) }
}

/** The body as it goes over the wire. For the last moment before a socket or the model: it holds secrets in clear. */
export const wireBody = (request: ApiRequest, stamps: Stamps): unknown =>
  (request.stamps ?? []).reduce(
    (body, { path, value }) =>
      put(
        body,
        path,
        value === "password"
          ? stamps.password()
          : value === "seconds"
            ? seconds(stamps.nowMillis)
            : micros(stamps.nowMillis)
      ),
    reveal(request.body)
  )

/** Secret data as `Redacted`, whatever command read it; any other object as it is. Safe to perform twice. */
export const hideSecrets = <A extends KubeObject>(object: A): A => {
  if (object.kind !== "Secret" || object.apiVersion !== "v1") return object
  const data = object["data"]
  if (typeof data !== "object" || data === null) return object
  return {
    ...object,
    data: Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        name,
        Redacted.isRedacted(value) ? value : Redacted.make(String(value))
      ])
    )
  }
}

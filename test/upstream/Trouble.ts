/**
 * A request that is refused, or never answered, once an event has said so: an
 * outside in which this may happen.
 */
import type { Action } from "../../src/domain/check/System.ts"
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import type { Exchange } from "../../src/domain/valkey/Wire.ts"
import type { Outside, Served } from "../../src/models/closed/Outside.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import type { Reading } from "./Looks.ts"

export interface Trouble {
  readonly isAbout: (request: ApiRequest) => boolean
  /** Once, or until it is over; `never`, and the asker waits for ever; `given up`, and it does not. */
  readonly answer: "refused" | "refused until it is over" | "never" | "given up"
  /** A pod whose server does not answer when it is looked at; `isAbout` says nothing then. */
  readonly pod?: string
}

/** A patch by which new connections of clients are led to one pod. */
export const leadsClientsOn = ({ body, resource, verb }: ApiRequest): boolean => {
  const { spec } = (body ?? {}) as { readonly spec?: { readonly selector?: Readonly<Record<string, string>> } }
  return (
    verb === "patch" && resource === "services" && spec?.selector?.["statefulset.kubernetes.io/pod-name"] !== undefined
  )
}

/** The component is `none`, then `armed`, then `over`. */
export const armed: Partial<Parts> = { trouble: "armed" }
const over: Partial<Parts> = { trouble: "over" }

const refusal = {
  status: 500,
  body: { kind: "Status", status: "Failure", code: 500, reason: "InternalError", message: "out of order" }
}

const key = "trouble"

const isLookAt = (pod: string, { address, lines, port }: Exchange, read: Reading): boolean =>
  lines[0]?.[0] === "INFO" &&
  Object.values(read("cells")).some((cell) => cell.pod.name === pod && cell.endpoint === `${address}:${port}`)

/** The wire of `kubernetes` is `ApiRequest`, that of `valkey` is `Exchange`, by the declarations of these capabilities. */
const meets = ({ isAbout, pod }: Trouble, system: string, wire: unknown, read: Reading): boolean => {
  if (read("trouble") !== "armed") return false
  if (pod !== undefined) return system === "valkey" && isLookAt(pod, wire as Exchange, read)
  return system === "kubernetes" && isAbout(wire as ApiRequest)
}

const served = ({ answer, pod }: Trouble): Served<Parts> => {
  const reply = pod === undefined ? refusal : "TimedOut"
  if (answer === "refused") return { key, set: over, reply }
  return { key, set: {}, reply: answer === "refused until it is over" ? reply : undefined }
}

/** Once it has begun. */
export const ends: Action<Parts> = {
  name: "the trouble is over",
  fairness: "weak",
  *outcomes(read) {
    if (read("trouble") === "armed") yield { key: "", says: "the trouble is over", set: over }
  }
}

const givenUp = ({ answer }: Trouble): Served<Parts> =>
  answer === "never" ? { key, set: {}, reply: undefined } : { key, set: over, reply: { status: 0, body: "TimedOut" } }

export const troubled = (outside: Outside<Parts>, trouble: Trouble | undefined): Outside<Parts> =>
  trouble === undefined
    ? outside
    : {
        ...outside,
        actions: trouble.answer === "refused until it is over" ? [...outside.actions, ends] : outside.actions,
        initial: outside.initial.map((parts): Parts => ({ ...parts, trouble: "none" })),
        serve: (system, wire, read, from) =>
          meets(trouble, system, wire, read) ? served(trouble) : outside.serve(system, wire, read, from),
        giveUp: (system, wire, read, from) =>
          meets(trouble, system, wire, read) ? givenUp(trouble) : outside.giveUp(system, wire, read, from)
      }

/**
 * One request that is refused, or never answered, once an event has said so:
 * an outside in which this may happen.
 */
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import type { Outside, Served } from "../../src/models/closed/Outside.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import type { Reading } from "./Looks.ts"

export interface Trouble {
  readonly isAbout: (request: ApiRequest) => boolean
  /** `never`, and the asker waits for ever; `given up`, and it does not. */
  readonly answer: "refused" | "never" | "given up"
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

/** The wire of `kubernetes` is `ApiRequest`, by the declaration of its capability. */
const meets = ({ isAbout }: Trouble, system: string, wire: unknown, read: Reading): boolean =>
  read("trouble") === "armed" && system === "kubernetes" && isAbout(wire as ApiRequest)

const served = ({ answer }: Trouble): Served<Parts> =>
  answer === "refused" ? { key, set: over, reply: refusal } : { key, set: {}, reply: undefined }

const givenUp = ({ answer }: Trouble): Served<Parts> =>
  answer === "never" ? { key, set: {}, reply: undefined } : { key, set: over, reply: { status: 0, body: "TimedOut" } }

export const troubled = (outside: Outside<Parts>, trouble: Trouble | undefined): Outside<Parts> =>
  trouble === undefined
    ? outside
    : {
        ...outside,
        initial: outside.initial.map((parts): Parts => ({ ...parts, trouble: "none" })),
        serve: (system, wire, read, from) =>
          meets(trouble, system, wire, read) ? served(trouble) : outside.serve(system, wire, read, from),
        giveUp: (system, wire, read, from) =>
          meets(trouble, system, wire, read) ? givenUp(trouble) : outside.giveUp(system, wire, read, from)
      }

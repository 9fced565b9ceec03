/**
 * What may go wrong with one request on its way, each paid from the budget of
 * its class. What the program hears is what the transport would answer then.
 */
import type { ApiReply, ApiRequest } from "../../../domain/kube/Wire.ts"
import type { Seat } from "../../../models/closed/Model.ts"
import type { Call } from "./Slot.ts"

export interface Mishap {
  readonly budget: string
  /** What it is, for people: "its answer is lost". */
  readonly says: string
  /** Whether the request is carried out now. */
  readonly lands: boolean
  /** Whether (another copy of) the request stays under way. */
  readonly stays: boolean
  /** What the program is told; absent: what the server answered. */
  readonly reply?: unknown
}

const refusal = (code: number, reason: string): ApiReply => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason, message: reason, code }
})

/** What an API server may answer to a request for reasons of its own. */
const refusals = (request: ApiRequest): ReadonlyArray<readonly [budget: string, says: string, reply: ApiReply]> => [
  ["error", "the server fails", refusal(500, "InternalError")],
  ...(request.verb === "update" || request.verb === "patch"
    ? ([["conflict", "it is refused with Conflict", refusal(409, "Conflict")]] as const)
    : [])
]

/** By which it is told what a wire is; the wire of `kubernetes` is `ApiRequest` by the declaration of its capability. */
const errorsOf = ({ system, wire }: Call): ReturnType<typeof refusals> =>
  system === "kubernetes" ? refusals(wire as ApiRequest) : []

export const of = (seats: ReadonlyArray<Seat>, call: Call): ReadonlyArray<Mishap> => {
  const broken = seats.find(({ system }) => system === call.system)?.broken
  if (broken === undefined) return []
  const { notSent, unknown } = broken
  const ofAll: ReadonlyArray<Mishap> = [
    { budget: "drop", says: "it is not sent", lands: false, stays: false, reply: notSent },
    ...errorsOf(call).map(([budget, says, reply]) => ({ budget, says, lands: false, stays: false, reply }))
  ]
  if (call.access === "read") return ofAll
  return [
    ...ofAll,
    { budget: "lose", says: "its answer is lost", lands: true, stays: false, reply: unknown },
    { budget: "late", says: "it is late, and given up", lands: false, stays: true, reply: unknown },
    { budget: "duplicate", says: "it is carried out, and comes once more", lands: true, stays: true }
  ]
}

/** Every class there is. */
export const classes = ["drop", "error", "conflict", "lose", "late", "duplicate"] as const

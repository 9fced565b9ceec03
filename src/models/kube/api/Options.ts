/**
 * The parameters of requests: read from text, checked, and refused in the
 * words of the API (`PatchOptions.meta.k8s.io "" is invalid: ...`).
 */
import * as Result from "effect/Result"
import { ContentType } from "../../../domain/kube/Wire.ts"
import type { Cause } from "./Kind.ts"
import * as Selector from "./Selector.ts"
import { badRequest, invalidOptions, type Reply, unexplained } from "./Status.ts"
import { isFields } from "./Types.ts"

export type Query = Readonly<Record<string, string>>

export interface WriteOptions {
  readonly manager: string
  readonly force: boolean
  readonly dryRun: boolean
  /** What is done about unknown fields. */
  readonly validation: "Ignore" | "Warn" | "Strict"
}

export interface DeleteOptions {
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly gracePeriodSeconds: number | undefined
  /** `orphanDependents`, the older spelling, is folded in: true Orphan, false Background. */
  readonly propagation: "Orphan" | "Background" | "Foreground" | undefined
  /** Asked for by `orphanDependents: false`: what is not gone at once is answered with 202. */
  readonly accepts: boolean
  readonly dryRun: boolean
}

/** A delete that asks for nothing. */
export const plainly: DeleteOptions = {
  uid: undefined,
  resourceVersion: undefined,
  gracePeriodSeconds: undefined,
  propagation: undefined,
  accepts: false,
  dryRun: false
}

export interface ListOptions {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly limit: number
  readonly continue: string
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly bookmarks: boolean
  readonly sendInitialEvents: boolean | undefined
}

const cause = (reason: string, field: string, message: string): Cause => ({ field, reason, message })

const notSupported = (field: string, value: unknown, supported: ReadonlyArray<string>): Cause =>
  cause(
    "FieldValueNotSupported",
    field,
    `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`
  )

const forbidden = (field: string, why: string): Cause => cause("FieldValueForbidden", field, `Forbidden: ${why}`)

/** As apimachinery reads a boolean: anything but `false` and `0` is true. */
const flag = (text: string): boolean => text.toLowerCase() !== "false" && text !== "0"

const integer = (text: string | undefined): Result.Result<number | undefined, Reply> => {
  if (text === undefined || text === "") return Result.succeed(undefined)
  return /^[+-]?\d+$/.test(text)
    ? Result.succeed(Number(text))
    : Result.fail(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`))
}

const managerCauses = (manager: string): ReadonlyArray<Cause> => [
  ...(manager.length > 128
    ? [cause("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes")]
    : []),
  ...(/[\p{C}]/u.test(manager)
    ? [cause("FieldValueInvalid", "fieldManager", `Invalid value: ${JSON.stringify(manager)}: invalid character`)]
    : [])
]

const dryRunCauses = (dryRun: ReadonlyArray<string>): ReadonlyArray<Cause> =>
  dryRun.every((one) => one === "All") ? [] : [notSupported("dryRun", dryRun, ["All"])]

const validations = ["", "Ignore", "Strict", "Warn"]

/** Of a create, update or patch. The manager of a request that names none is `unknown`. */
export const write = (
  options: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  query: Query,
  contentType: string
): Result.Result<WriteOptions, Reply> => {
  const { dryRun, fieldManager = "", fieldValidation = "", force } = query
  const apply = options === "PatchOptions" && contentType === ContentType.apply
  const causes = [
    ...(apply && fieldManager === ""
      ? [cause("FieldValueRequired", "fieldManager", "Required value: is required for apply patch")]
      : []),
    ...(options === "PatchOptions" && !apply && force !== undefined
      ? [forbidden("force", "may not be specified for non-apply patch")]
      : []),
    ...managerCauses(fieldManager),
    ...dryRunCauses(dryRun === undefined ? [] : [dryRun]),
    ...(validations.includes(fieldValidation) ? [] : [notSupported("fieldValidation", fieldValidation, validations)])
  ]
  if (causes.length > 0) return Result.fail(invalidOptions(options, causes))
  return Result.succeed({
    manager: fieldManager === "" ? "unknown" : fieldManager,
    force: force !== undefined && flag(force),
    dryRun: dryRun === "All",
    validation: fieldValidation === "Ignore" || fieldValidation === "Strict" ? fieldValidation : "Warn"
  })
}

const optionsBody = (query: Query): { readonly [field: string]: unknown } => ({
  ...(query["gracePeriodSeconds"] === undefined ? {} : { gracePeriodSeconds: Number(query["gracePeriodSeconds"]) }),
  ...(query["propagationPolicy"] === undefined ? {} : { propagationPolicy: query["propagationPolicy"] }),
  ...(query["orphanDependents"] === undefined ? {} : { orphanDependents: flag(query["orphanDependents"]) }),
  ...(query["dryRun"] === undefined ? {} : { dryRun: [query["dryRun"]] })
})

const policies = ["Foreground", "Background", "Orphan", "nil"]

/** The real server does not explain these further. */
const wrongType = (field: string, value: unknown, type: string): Reply => {
  const given = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value
  return unexplained(`json: cannot unmarshal ${given} into Go struct field DeleteOptions.${field} of type ${type}`)
}

const optionsKind = (kind: unknown, apiVersion: unknown): Reply | undefined => {
  if (kind === undefined || kind === "DeleteOptions") return undefined
  const version = typeof apiVersion === "string" && apiVersion !== "" ? apiVersion : "meta.k8s.io/v1"
  return unexplained(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:110"`
  )
}

const text = (value: unknown): value is string | undefined => value === undefined || typeof value === "string"

/** Of a delete: the body when there is one, else the query. */
export const remove = (query: Query, body: unknown): Result.Result<DeleteOptions, Reply> => {
  const period = integer(query["gracePeriodSeconds"])
  if (Result.isFailure(period)) return Result.fail(period.failure)
  if (body !== undefined && body !== null && !isFields(body)) return Result.fail(wrongType("TypeMeta", body, "struct"))
  const given = isFields(body) ? body : optionsBody(query)
  const { dryRun = [], gracePeriodSeconds, orphanDependents, preconditions = {}, propagationPolicy } = given
  const wrongKind = optionsKind(given["kind"], given["apiVersion"])
  if (wrongKind !== undefined) return Result.fail(wrongKind)
  if (!isFields(preconditions)) return Result.fail(wrongType("preconditions", preconditions, "v1.Preconditions"))
  const { resourceVersion, uid } = preconditions
  if (!text(uid)) return Result.fail(wrongType("preconditions.uid", uid, "types.UID"))
  if (!text(resourceVersion)) return Result.fail(wrongType("preconditions.resourceVersion", resourceVersion, "string"))
  if (!text(propagationPolicy))
    return Result.fail(wrongType("propagationPolicy", propagationPolicy, "v1.DeletionPropagation"))
  if (gracePeriodSeconds !== undefined && !Number.isSafeInteger(gracePeriodSeconds)) {
    return Result.fail(wrongType("gracePeriodSeconds", gracePeriodSeconds, "int64"))
  }
  if (!Array.isArray(dryRun)) return Result.fail(wrongType("dryRun", dryRun, "[]string"))
  const causes = [
    ...(orphanDependents !== undefined && propagationPolicy !== undefined
      ? [
          cause(
            "FieldValueInvalid",
            "propagationPolicy",
            `Invalid value: ${JSON.stringify(propagationPolicy)}: orphanDependents and deletionPropagation cannot be both set`
          )
        ]
      : []),
    ...(propagationPolicy === undefined || policies.slice(0, 3).includes(propagationPolicy)
      ? []
      : [notSupported("propagationPolicy", propagationPolicy, policies)]),
    ...dryRunCauses(dryRun)
  ]
  if (causes.length > 0) return Result.fail(invalidOptions("DeleteOptions", causes))
  const older = orphanDependents === undefined ? undefined : orphanDependents === true ? "Orphan" : "Background"
  return Result.succeed({
    uid,
    resourceVersion,
    // Checked above; the compiler does not follow `isSafeInteger`.
    gracePeriodSeconds: gracePeriodSeconds as number | undefined,
    propagation: older ?? (propagationPolicy as DeleteOptions["propagation"]),
    accepts: orphanDependents === false,
    dryRun: dryRun.length > 0
  })
}

const listCauses = (options: ListOptions): ReadonlyArray<Cause> => {
  const { resourceVersion, resourceVersionMatch: match } = options
  const at = "resourceVersionMatch"
  if (match === "") {
    return options.sendInitialEvents === undefined
      ? []
      : [forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")]
  }
  return [
    ...(resourceVersion === "" ? [forbidden(at, `${at} is forbidden unless resourceVersion is provided`)] : []),
    ...(options.continue === "" ? [] : [forbidden(at, `${at} is forbidden when continue is provided`)]),
    ...(match === "Exact" || match === "NotOlderThan" ? [] : [notSupported(at, match, ["Exact", "NotOlderThan", ""])]),
    ...(match === "Exact" && resourceVersion === "0"
      ? [forbidden(at, `${at} "exact" is forbidden for resourceVersion "0"`)]
      : []),
    ...(options.sendInitialEvents === undefined
      ? []
      : [forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")])
  ]
}

const watchCauses = (options: ListOptions): ReadonlyArray<Cause> => {
  const { resourceVersionMatch: match, sendInitialEvents } = options
  const at = "resourceVersionMatch"
  return [
    ...(sendInitialEvents !== undefined && match !== "NotOlderThan"
      ? [forbidden(at, `sendInitialEvents requires setting ${at} to NotOlderThan`)]
      : []),
    ...(match !== "" && sendInitialEvents === undefined
      ? [forbidden(at, `${at} is forbidden for watch unless sendInitialEvents is provided`)]
      : []),
    ...(match !== "" && match !== "NotOlderThan" ? [notSupported(at, match, ["NotOlderThan"])] : []),
    ...(match !== "" && options.continue !== "" ? [forbidden(at, `${at} is forbidden when continue is provided`)] : [])
  ]
}

/** Of a list, a watch or the list part of a deletecollection. */
export const list = (query: Query, watch: boolean): Result.Result<ListOptions, Reply> => {
  const limit = integer(query["limit"])
  if (Result.isFailure(limit)) return Result.fail(limit.failure)
  // Means nothing to a model without time, but is refused all the same.
  const timeout = integer(query["timeoutSeconds"])
  if (Result.isFailure(timeout)) return Result.fail(timeout.failure)
  const options: ListOptions = {
    labelSelector: query["labelSelector"] ?? "",
    fieldSelector: query["fieldSelector"] ?? "",
    limit: Math.max(0, limit.success ?? 0),
    continue: query["continue"] ?? "",
    resourceVersion: query["resourceVersion"] ?? "",
    resourceVersionMatch: query["resourceVersionMatch"] ?? "",
    bookmarks: query["allowWatchBookmarks"] !== undefined && flag(query["allowWatchBookmarks"]),
    sendInitialEvents: query["sendInitialEvents"] === undefined ? undefined : flag(query["sendInitialEvents"])
  }
  // Selectors are read with the other parameters, before what they say together is looked at.
  const labels = Selector.parse(options.labelSelector)
  if (Result.isFailure(labels)) return Result.fail(badRequest(labels.failure))
  const causes = watch ? watchCauses(options) : listCauses(options)
  return causes.length > 0 ? Result.fail(invalidOptions("ListOptions", causes)) : Result.succeed(options)
}

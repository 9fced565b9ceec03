/**
 * Bodies of HTTP requests: read up to the API's limit, parsed as their content
 * type says, and refused in the real server's words.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { IncomingMessage } from "node:http"
import { parse as parseYaml, type Tags, YAMLParseError } from "yaml"
import { type ApiRequest, ContentType } from "../../domain/kube/Wire.ts"
import * as Status from "../../models/kube/api/Status.ts"
import type { Reply } from "../../models/kube/api/Status.ts"
import * as Protobuf from "./Protobuf.ts"

/** Bytes; etcd takes no more, so the real server reads no more. */
const limit = 3 * 1024 * 1024

const tooLarge: Reply = Status.failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`)

/** The whole body. A client that ends early has no answer to wait for: then this does not end either. */
export const read = (request: IncomingMessage): Effect.Effect<Buffer, Reply> =>
  Effect.callback<Buffer, Reply>((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      stop()
      // What is left of it is read and forgotten, so that the answer arrives.
      request.resume()
      resume(Effect.fail(tooLarge))
    }
    const onEnd = (): void => resume(Effect.succeed(Buffer.concat(chunks)))
    const stop = (): void => void request.off("data", onData).off("end", onEnd)
    request.on("data", onData).on("end", onEnd)
    return Effect.sync(stop)
  })

/** The complaint of Go's JSON reader, from that of JavaScript's. */
const complaintOf = (error: unknown, text: string): string => {
  const message = error instanceof Error ? error.message : ""
  const [, token] = /^Unexpected token '?(.+?)'?, /s.exec(message) ?? []
  if (token !== undefined) return `invalid character '${token}' looking for beginning of value`
  if (text.trim() === "" || /end of JSON|Unterminated/.test(message)) return "unexpected end of JSON input"
  return `invalid JSON: ${message.replace(/ \(line .*$/, "")}`
}

/** Nobody means to nest deeper. Go reads ten times as deep, but recursion over what is read must end somewhere. */
const deepest = 1000

/** What is nested too deep, if anything is. */
const tooDeep = (value: unknown, left = deepest): object | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  if (left === 0) return value
  for (const item of Object.values(value)) {
    const found = tooDeep(item, left - 1)
    if (found !== undefined) return found
  }
  return undefined
}

const json = (text: string): Result.Result<unknown, string> => {
  try {
    const value: unknown = JSON.parse(text)
    const found = tooDeep(value)
    if (found === undefined) return Result.succeed(value)
    return Result.fail(`invalid character '${Array.isArray(found) ? "[" : "{"}' exceeded max depth`)
  } catch (error) {
    return Result.fail(complaintOf(error, text))
  }
}

interface Tag {
  readonly tag: string
  readonly format?: string
  readonly test?: RegExp
}

/** Scalars that JSON has not stay text: times, base 60, binary and what is no finite number. */
const isJson = ({ format, tag, test }: Tag): boolean =>
  !/:(timestamp|binary)$/.test(tag) && format !== "TIME" && test?.test(".nan") !== true && test?.test(".inf") !== true

const tooDeepYaml = "yaml: exceeded max depth of 10000"

const yamlComplaint = (error: unknown): string => {
  if (error instanceof YAMLParseError && error.code === "RESOURCE_EXHAUSTION") return tooDeepYaml
  if (error instanceof ReferenceError) return "yaml: document contains excessive aliasing"
  const line = error instanceof YAMLParseError ? (error.linePos?.[0].line ?? 1) : 1
  const [first = ""] = (error instanceof Error ? error.message : "").split(/ at line |\n/)
  return `yaml: line ${line}: ${first}`
}

/** YAML 1.1, as Go's library reads it. */
const yaml = (text: string): Result.Result<unknown, string> => {
  try {
    // The schema's own tags come in and go out: the option's type only knows tags by name.
    const customTags = ((tags: ReadonlyArray<Tag>) => tags.filter(isJson)) as unknown as () => Tags
    const value: unknown = parseYaml(text, { version: "1.1", uniqueKeys: false, logLevel: "error", customTags })
    return tooDeep(value) === undefined ? Result.succeed(value) : Result.fail(tooDeepYaml)
  } catch (error) {
    return Result.fail(yamlComplaint(error))
  }
}

const summary = (bytes: Buffer): string => {
  if (bytes.length === 0) return "<empty>"
  const head = bytes.subarray(0, 30)
  return `${bytes[0] === 0x7b ? head.toString("utf8") : head.toString("hex")}${bytes.length > 30 ? " ..." : ""}`
}

const noStruct =
  'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

const typeName = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value

const untyped = (why: string): string => `couldn't get version/kind; json parse error: ${why}`

const protobuf = "application/vnd.kubernetes.protobuf"
const accepted = ["application/json", "application/yaml", protobuf]

/** Of the kinds that are read in it; clients of others are told which types there are. */
const binary = (bytes: Buffer): Result.Result<unknown, Reply> => {
  const object = Protobuf.decode(bytes)
  return object === undefined ? Result.fail(Status.unsupportedMediaType(accepted.slice(0, 2))) : Result.succeed(object)
}

/** Of POST and PUT: an object, though of any kind. */
const object = (kind: string, contentType: string, bytes: Buffer): Result.Result<unknown, Reply> => {
  const refused = (why: string) =>
    Result.fail(
      Status.badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`)
    )
  if (contentType === protobuf) return binary(bytes)
  if (contentType !== ContentType.json && contentType !== "application/yaml") {
    return Result.fail(Status.unsupportedMediaType(accepted))
  }
  const text = bytes.toString("utf8")
  const read = contentType === ContentType.json ? Result.mapError(json(text), untyped) : yaml(text)
  if (Result.isFailure(read)) return refused(read.failure)
  const value = read.success
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Result.succeed(value)
  return value === null
    ? Result.succeed({})
    : refused(untyped(`json: cannot unmarshal ${typeName(value)} into ${noStruct}`))
}

const patch = (contentType: string, text: string): Result.Result<unknown, Reply> => {
  switch (contentType) {
    case ContentType.apply:
      return Result.mapError(yaml(text), (why) =>
        Status.badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`)
      )
    case ContentType.merge:
    case ContentType.jsonPatch:
      return Result.mapError(json(text), (why) => Status.badRequest(`error decoding patch: ${why}`))
    case ContentType.strategic:
      return Result.mapError(json(text), Status.badRequest)
    default:
      // Refused by its type before anyone reads it.
      return Result.succeed({})
  }
}

const options = (contentType: string, bytes: Buffer): Result.Result<unknown, Reply> => {
  if (bytes.length === 0) return Result.succeed(undefined)
  if (contentType === protobuf) return binary(bytes)
  const text = bytes.toString("utf8")
  if (contentType === "application/yaml") return Result.mapError(yaml(text), Status.unexplained)
  if (contentType !== ContentType.json) return Result.fail(Status.unsupportedMediaType(accepted))
  return Result.mapError(json(text), (why) => Status.unexplained(untyped(why)))
}

/** The body's value, undefined when the request takes none. `kind` is what the path names, for the texts. */
export const parse = (
  { contentType = ContentType.json, verb }: ApiRequest,
  kind: string,
  bytes: Buffer
): Result.Result<unknown, Reply> => {
  switch (verb) {
    case "create":
    case "update":
      return object(kind, contentType, bytes)
    case "patch":
      return patch(contentType, bytes.toString("utf8"))
    case "delete":
    case "deletecollection":
      return options(contentType, bytes)
    default:
      return Result.succeed(undefined)
  }
}

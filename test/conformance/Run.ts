/** Runs the same sequences on the model and on a real API server, and notes every difference. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Transport } from "../../src/domain/Capability.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../src/domain/kube/Object.ts"
import type { ApiReply, ApiRequest, WatchBody, WatchEvent } from "../../src/domain/kube/Wire.ts"
import * as Server from "../../src/models/kube/api/Server.ts"
import { counting } from "../../src/models/Names.ts"
import { type Difference, differences, Normal } from "./Normal.ts"
import * as Random from "./Random.ts"
import type { Known, Step } from "./Drawn.ts"
import { step } from "./Sequence.ts"
import { definitions, type Subject, subjects } from "./Subjects.ts"

type Ask = Transport<ApiRequest, ApiReply | undefined>

/** A server and what it has told so far. */
interface Side {
  readonly ask: Ask
  /** Both start anew with each sequence, so that a difference does not follow into the next. */
  normal: Normal
  known: Map<string, Known>
  /** Where the last list goes on. */
  rest?: string | undefined
}

export interface Row {
  readonly kind: string
  readonly what: string
  readonly path: string
  /** What the real server answered: `200`, `422 Invalid`. */
  readonly reason: string
  count: number
  readonly example: string
}

/** The words of a refusal: what a person reads, and no program decides by. */
export const isWording = ({ path, reason }: Row): boolean =>
  !reason.startsWith("2") && (path === "body.message" || path.startsWith("body.details"))

export interface Report {
  readonly requests: number
  readonly answers: ReadonlyMap<string, number>
  readonly rows: ReadonlyArray<Row>
}

export interface Options {
  readonly seed: number
  readonly requests: number
  /** Only these kinds. */
  readonly kinds?: ReadonlyArray<string>
}

const perSequence = 24

/** The model as a server with a state of its own. A watch with nothing to tell is `undefined`. */
export const modelAsk = Effect.fnUntraced(function* () {
  let state = Server.boot(counting(yield* Clock.currentTimeMillis))
  const ask: Ask = (request) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const [next, reply] = Server.handle(state, request, counting(now))
      state = next
      return reply
    })
  return ask
})

const reasonOf = (reply: ApiReply | undefined): string => {
  if (reply === undefined) return "nothing yet"
  const { reason } = (reply.body ?? {}) as { readonly reason?: unknown }
  return reply.status >= 300 && typeof reason === "string" ? `${reply.status} ${reason}` : String(reply.status)
}

const isObject = (body: unknown): body is KubeObject =>
  typeof body === "object" && body !== null && "metadata" in body && "kind" in body && body.kind !== "Status"

/** Of an object, or of the details of a refusal. */
const nameIn = (body: unknown): string | undefined => {
  const { details, metadata } = (body ?? {}) as {
    readonly details?: { name?: string }
    readonly metadata?: { name?: string }
  }
  return metadata?.name ?? details?.name
}

const comparable = (side: Side, request: ApiRequest, reply: ApiReply | undefined): unknown => {
  const body = reply?.body
  const prefix = (request.body as Partial<KubeObject> | undefined)?.metadata?.generateName
  const name = nameIn(body)
  const isPassing = request.query?.["dryRun"] !== undefined || (reply?.status ?? 0) >= 300
  if (prefix !== undefined && name?.startsWith(prefix)) {
    if (isPassing)
      return {
        status: reply?.status,
        body: JSON.parse(JSON.stringify(side.normal.passing(body)).replaceAll(name, `${prefix}<refused>`))
      }
    side.normal.generated(name, prefix)
  }
  return { status: reply?.status, body: isPassing ? side.normal.passing(body) : side.normal.of(body) }
}

const restOf = (body: unknown): string | undefined =>
  (body as { readonly metadata?: { readonly continue?: string } } | undefined)?.metadata?.continue || undefined

const remember = (side: Side, key: string, request: ApiRequest, reply: ApiReply | undefined): void => {
  const body = reply?.body
  if (request.verb === "list") side.rest = restOf(body)
  if (reply === undefined || reply.status >= 300 || request.query?.["dryRun"] !== undefined) return
  if (!isObject(body) || Array.isArray(body["items"]) || body.metadata?.name === undefined) return
  // A pod's sequence asks about budgets too.
  if (!key.startsWith(`${body.kind}/`)) return
  const before = side.known.get(key)
  const version = before?.object.metadata.resourceVersion
  side.known.set(key, { object: body, older: version === undefined ? [] : [...(before?.older ?? []), version] })
}

const kindOf = ({ resource }: Subject): string => resource.kind

class Table {
  readonly rows = new Map<string, Row>()

  add(
    step: Pick<Step, "subject" | "what">,
    reason: string,
    found: ReadonlyArray<Difference>,
    example: () => string
  ): void {
    for (const { model, path, real } of found) {
      const kind = kindOf(step.subject)
      const key = [kind, step.what, path, reason].join("\t")
      const row = this.rows.get(key)
      if (row !== undefined) row.count += 1
      else {
        const said = `model ${JSON.stringify(model)?.slice(0, 400)}, real ${JSON.stringify(real)?.slice(0, 400)}`
        this.rows.set(key, { kind, what: step.what, path, reason, count: 1, example: `${said}; ${example()}` })
      }
    }
  }
}

const at = (resource: Resource, namespace?: string) => ({
  group: resource.group,
  version: resource.version,
  resource: resource.plural,
  ...(namespace === undefined || !resource.namespaced ? {} : { namespace })
})

const post = (side: Side, resource: Resource, body: KubeObject, namespace?: string) =>
  side.ask({ verb: "create", ...at(resource, namespace), query: { fieldManager: "setup" }, body })

/** Definitions on both sides, each established and served. */
const install = Effect.fnUntraced(function* (sides: ReadonlyArray<Side>) {
  for (const definition of definitions) {
    const { group, names } = definition["spec"] as { group: string; names: { plural: string; kind: string } }
    for (const side of sides) {
      yield* post(side, Kinds.CustomResourceDefinition, definition)
      const resource = { group, version: "v1", plural: names.plural, kind: names.kind, namespaced: true }
      for (let attempt = 0; attempt < 100; attempt++) {
        const reply = yield* side.ask({ verb: "list", ...at(resource, "default") })
        if (reply?.status === 200) break
        yield* Effect.sleep("20 millis")
      }
    }
  }
})

const shortEvents = (side: Side, events: ReadonlyArray<WatchEvent>): unknown =>
  events.map(({ object, type }) => ({ type, object: side.normal.of(object) }))

/** All events of one kind since a version, as far as they come: the model tells how many to wait for. */
const eventsSince = Effect.fnUntraced(function* (side: Side, request: ApiRequest, from: string, atLeast: number) {
  const all: Array<WatchEvent> = []
  let version = from
  while (true) {
    const reply = yield* side
      .ask({ ...request, verb: "watch", query: { ...request.query, resourceVersion: version } })
      .pipe(Effect.timeoutOption(all.length < atLeast ? "2 seconds" : "30 millis"))
    const body = reply._tag === "Some" ? (reply.value?.body as WatchBody | undefined) : undefined
    if (body?.kind !== "WatchEvents") return all
    all.push(...body.events)
    version = body.events.at(-1)?.object.metadata.resourceVersion ?? version
  }
})

const versionOf = (reply: ApiReply | undefined): string =>
  (reply?.body as { metadata?: { resourceVersion?: string } } | undefined)?.metadata?.resourceVersion ?? ""

/** One sequence about one kind; ends early where the two servers part ways. Returns how many requests were made. */
const sequence = Effect.fnUntraced(function* (
  [model, real]: readonly [Side, Side],
  random: Random.Random,
  subject: Subject,
  namespace: string,
  table: Table,
  answers: Map<string, number>
) {
  for (const side of [model, real]) {
    yield* post(side, Kinds.Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
    const account: KubeObject = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } }
    yield* post(side, Kinds.ServiceAccount, account, namespace)
  }
  const collection: ApiRequest = {
    verb: "list",
    ...at(subject.resource, namespace),
    query: { labelSelector: `seq=${namespace}` }
  }
  const from = yield* Effect.forEach([model, real], (side) => Effect.map(side.ask(collection), versionOf))
  const history: Array<string> = []
  for (let index = 0; index < perSequence; index++) {
    const next = step(random, subject, { namespace }, index)
    const key = `${kindOf(subject)}/${next.name}`
    const [asked, answered] = yield* Effect.forEach([model, real], (side) => {
      const request = next.request(side.known.get(key), side.rest)
      return Effect.map(side.ask(request), (reply) => [request, reply] as const)
    })
    const reason = reasonOf(answered![1])
    const outcome = `${kindOf(subject)} ${next.what} ${reason}`
    answers.set(outcome, (answers.get(outcome) ?? 0) + 1)
    history.push(`${next.what} ${next.name} -> ${reason}`)
    const found = differences(comparable(model, ...asked!), comparable(real, ...answered!))
    const parted = found.some(({ path }) => path === "status")
    const shown = parted ? found.filter(({ path }) => path === "status" || path === "body.message") : found
    table.add(next, reason, shown, () => `${namespace} #${index}: ${JSON.stringify(asked![0])}`)
    remember(model, key, asked![0], asked![1])
    remember(real, key, answered![0], answered![1])
    if (parted) return index + 1
  }
  const [told, expected] = yield* Effect.all([
    eventsSince(model, collection, from[0]!, 0),
    Effect.suspend(() => eventsSince(model, collection, from[0]!, 0)).pipe(
      Effect.flatMap(({ length }) => eventsSince(real, collection, from[1]!, length))
    )
  ])
  const found = differences(shortEvents(model, told), shortEvents(real, expected))
  table.add({ subject, what: "watch" }, "200", found, () => `${namespace}: ${history.join("; ")}`)
  return perSequence + 1
})

/** Compares until `requests` have been made. */
export const run = Effect.fnUntraced(function* (real: Transport<ApiRequest, ApiReply>, options: Options) {
  const sides: readonly [Side, Side] = [
    { ask: yield* modelAsk(), normal: new Normal(), known: new Map() },
    { ask: real, normal: new Normal(), known: new Map() }
  ]
  yield* install(sides)
  const random = Random.make(options.seed)
  const table = new Table()
  const answers = new Map<string, number>()
  const all = subjects.filter((subject) => options.kinds?.includes(kindOf(subject)) ?? true)
  let requests = 0
  for (let index = 0; requests < options.requests; index++) {
    for (const side of sides) Object.assign(side, { normal: new Normal(), known: new Map(), rest: undefined })
    const subject = all[index % all.length]!
    requests += yield* sequence(sides, random, subject, `c${options.seed}-${index}`, table, answers)
  }
  const rows = [...table.rows.values()].toSorted((left, right) => right.count - left.count)
  return { requests, answers, rows } satisfies Report
})

/** The table, one row a line, most frequent first. */
export const print = (report: Report): string => {
  const line = ({ count, example, kind, path, reason, what }: Row): string =>
    [String(count).padStart(5), kind, what, path, reason, example].join(" | ")
  const words = report.rows.filter(isWording)
  const rest = report.rows.filter((row) => !isWording(row))
  const good = [...report.answers].reduce((sum, [outcome, count]) => (/ 20[01]$/.test(outcome) ? sum + count : sum), 0)
  return [
    `${report.requests} requests, ${good} of them successful; differences: ${rest.length} kinds, and ${words.length} in the words of refusals`,
    "count | kind | verb | field path | reason | example",
    ...rest.map(line),
    "in the words of refusals:",
    ...words.map(line)
  ].join("\n")
}

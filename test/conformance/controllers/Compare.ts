/** Runs one script on the model, in several orders of moves, and on the real servers; notes what differs at rest. */
import * as Effect from "effect/Effect"
import type { Transport } from "../../../src/domain/Capability.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../../../src/domain/kube/Wire.ts"
import { differences, Normal } from "../Normal.ts"
import { isKnown } from "./Known.ts"
import { type Ask, create, type Known, node, type Script, type Step, step } from "./Script.ts"
import { atRest, type Model, model, objectsOf } from "./Sides.ts"

/** A field that differs: on both sides at rest, after the same requests. */
export interface Found {
  readonly kind: string
  readonly path: string
  readonly example: string
}

export interface Row extends Found {
  readonly count: number
}

type Objects = ReadonlyArray<KubeObject>

const isSlice = ({ kind }: KubeObject): boolean => kind === Kinds.EndpointSlice.kind

/** Lists that come in no order. */
const inOrder = (slice: KubeObject): KubeObject => {
  const sorted = (field: string, key: (item: Record<string, unknown>) => string) => {
    const items = slice[field] as ReadonlyArray<Record<string, unknown>> | null | undefined
    return items?.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) ?? null
  }
  return {
    ...slice,
    endpoints: sorted("endpoints", ({ addresses }) => JSON.stringify(addresses)),
    ports: sorted("ports", ({ name }) => String(name))
  }
}

const contentOf = ({ endpoints, metadata, ports }: KubeObject): string =>
  JSON.stringify([metadata.generateName, ports, endpoints])

/** By kind and name, everything that a server chose by itself renamed by `normal`. */
const comparable = (normal: Normal, objects: Objects): ReadonlyMap<string, unknown> => {
  const all = objects.map((object) => (isSlice(object) ? inOrder(object) : object))
  for (const { metadata } of all.filter(isSlice).toSorted((a, b) => (contentOf(a) < contentOf(b) ? -1 : 1))) {
    normal.generated(metadata.name ?? "", metadata.generateName ?? "")
  }
  // References come before what they refer to, too.
  for (const { kind, metadata } of all) {
    normal.of({ metadata: { uid: metadata.uid, name: normal.of(`${kind} ${metadata.name}`) } })
  }
  return new Map(all.map((object) => [String(normal.of(`${object.kind}/${object.metadata.name}`)), normal.of(object)]))
}

const compare = (ours: ReadonlyMap<string, unknown>, real: ReadonlyMap<string, unknown>): ReadonlyArray<Found> =>
  [...new Set([...ours.keys(), ...real.keys()])].flatMap((key) =>
    differences(ours.get(key), real.get(key)).map(({ model: mine, path, real: theirs }) => ({
      kind: key.split("/")[0]!,
      path,
      example: `${key}: model ${JSON.stringify(mine)?.slice(0, 500)}, real ${JSON.stringify(theirs)?.slice(0, 500)}`
    }))
  )

interface Side {
  readonly ask: Transport<ApiRequest, ApiReply>
  readonly normal: Normal
  /** At the last rest. */
  objects: Objects
}

const isNamespaced = ({ resource }: ApiRequest): boolean =>
  resource !== Kinds.Namespace.plural && resource !== Kinds.Node.plural

const performed = (side: Side, namespace: string, ask: Ask): Effect.Effect<ApiReply> => {
  const known: Known = {
    uidOf: ({ kind }, name) => {
      const found = side.objects.find((object) => object.kind === kind && object.metadata.name === name)
      return found?.metadata.uid ?? "not-there"
    }
  }
  const request = ask(known)
  return side.ask(isNamespaced(request) ? { ...request, namespace } : request)
}

const saidOf = ({ body, status }: ApiReply): string =>
  `${status} ${status < 300 ? "" : String((body as { readonly reason?: unknown } | undefined)?.reason)}`.trim()

export interface Options {
  /** Of the real servers, as in `kube-root-ca.crt`. */
  readonly authority: string
  /** One order of the model's moves each. */
  readonly seeds: ReadonlyArray<number>
}

/** The same request to all; what is answered differs in status or reason. */
const asked = Effect.fnUntraced(function* (
  real: Side,
  models: ReadonlyArray<Side>,
  namespace: string,
  ask: Ask
): Effect.fn.Return<ReadonlyArray<Found>> {
  const expected = saidOf(yield* performed(real, namespace, ask))
  const replies = yield* Effect.forEach(models, (side) => performed(side, namespace, ask))
  return replies
    .map(saidOf)
    .filter((said) => said !== expected)
    .map((said) => ({
      kind: "Reply",
      path: "status",
      example: `model ${said}, real ${expected}: ${JSON.stringify(ask({ uidOf: () => "" }))}`
    }))
})

/** All come to rest, the real side as soon as it is like the first model; else when patience ends. */
const rested = Effect.fnUntraced(function* (
  real: Side,
  models: ReadonlyArray<Side & Pick<Model, "rest">>,
  namespace: string,
  { open = [], patienceSeconds = 30 }: Step
): Effect.fn.Return<ReadonlyArray<Found>> {
  for (const side of models) {
    yield* side.rest
    side.objects = yield* objectsOf(side.ask, namespace)
  }
  const ours = models.map((side) => comparable(side.normal, side.objects))
  const isCompared = ({ kind }: Found): boolean => !open.includes(kind)
  const isExpected = (objects: Objects): boolean =>
    compare(ours[0]!, comparable(real.normal.copy(), objects)).filter(isCompared).every(isKnown)
  real.objects = yield* atRest(objectsOf(real.ask, namespace), isExpected, patienceSeconds * 1000)
  const theirs = comparable(real.normal, real.objects)
  return ours.flatMap((mine) => compare(mine, theirs)).filter(isCompared)
})

/** One for all scripts: whoever comes first makes it. */
const createNode = create(Kinds.Node, { metadata: { name: node } })

export const run = Effect.fnUntraced(function* (
  send: Side["ask"],
  { name, steps }: Script,
  { authority, seeds }: Options
): Effect.fn.Return<ReadonlyArray<Found>> {
  const namespace = `controllers-${name}`
  const sideOf = (ask: Side["ask"]): Side => ({ ask, normal: new Normal(), objects: [] })
  const real = sideOf(send)
  const models = yield* Effect.forEach(seeds, (seed) =>
    Effect.map(model(authority, seed), ({ ask, rest }) => ({ ...sideOf(ask), rest }))
  )
  yield* Effect.forEach([real, ...models], (side) => performed(side, namespace, createNode))
  const found: Array<Found> = []
  const first = step("the namespace is created", create(Kinds.Namespace, { metadata: { name: namespace } }))
  for (const one of [first, ...steps]) {
    const { asks, what } = one
    const replies = yield* Effect.forEach(asks, (ask) => asked(real, models, namespace, ask))
    const objects = yield* rested(real, models, namespace, one)
    const all = [...replies.flat(), ...objects]
    found.push(...all.map((each) => ({ ...each, example: `${name}, ${what}: ${each.example}` })))
  }
  return found
})

/** One row for each field of a kind, most frequent first. */
export const tabled = (found: ReadonlyArray<Found>): ReadonlyArray<Row> => {
  const rows = new Map<string, Row>()
  for (const { example, kind, path } of found) {
    const key = `${kind} ${path}`
    rows.set(key, { kind, path, example: rows.get(key)?.example ?? example, count: (rows.get(key)?.count ?? 0) + 1 })
  }
  return [...rows.values()].toSorted((left, right) => right.count - left.count)
}

export const print = (rows: ReadonlyArray<Row>): string =>
  [
    "count | kind | field path | example",
    ...rows.map(({ count, example, kind, path }) => `${count} | ${kind} | ${path} | ${example}`)
  ].join("\n")

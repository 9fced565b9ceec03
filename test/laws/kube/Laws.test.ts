/** Laws of any controller's model: what breaks them is noticed, and what ships keeps them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { model } from "../../../examples/controller/Model.ts"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { resource } from "../../../examples/controller/Greeting.ts"
import type { Read } from "../../../src/domain/check/System.ts"
import { Apply, Create, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../../src/domain/kube/Wire.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import { answerLaws } from "../../../src/laws/kube/Answers.ts"
import { nameless, versionless } from "../../../src/laws/kube/Preconditions.ts"
import * as Requests from "../../../src/laws/kube/Requests.ts"
import { storeLaws } from "../../../src/laws/kube/Store.ts"
import type { Carried } from "../../../src/models/closed/Carried.ts"
import { componentOf, kinds, type Parts } from "../../../src/models/closed/Parts.ts"

type Objects = Readonly<Record<string, KubeObject>>

const object = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    ...{ name, namespace: "shop", uid: `uid-${name}`, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
    ...metadata
  }
})

const component = "api/configmaps"

const reading = (objects: Objects): Read<Parts> => {
  const parts: Record<string, unknown> = { api: new Map() }
  for (const key of kinds) parts[componentOf(key)] = new Map()
  parts[component] = new Map(Object.entries(objects))
  const read = (name: string) => parts[name]
  // Only what a law of the store reads is there.
  return Object.assign(read, { unused: () => "" }) as Read<Parts>
}

const configMaps = { group: "", version: "v1", resource: "configmaps", namespace: "shop" } as const

const carried = (
  request: Pick<ApiRequest, "verb"> & Partial<ApiRequest>,
  { after, before = {}, status = 200 }: { before?: Objects; after?: Objects; status?: number },
  rest: Partial<Carried<Parts>> = {}
): Carried<Parts> => ({
  ...{ from: "operator", controller: "greeter", system: "kubernetes", command: "Any", access: "write" },
  wire: { ...configMaps, ...request },
  reply: { status, body: Object.values(after ?? before)[0] ?? {} },
  before: reading(before),
  set: after === undefined ? {} : { [component]: new Map(Object.entries(after)) },
  ...rest
})

const wrong = (one: Carried<Parts>): ReadonlyArray<string> =>
  answerLaws.flatMap(({ broken, name }) => {
    const why = broken(one)
    return why === undefined ? [] : [`${name}: ${why}`]
  })

const a = object("a")
const at = (one: KubeObject): Objects => ({ [`shop/${one.metadata.name}`]: one })

describe("laws of answers", () => {
  it("take what an API server does", () => {
    const moved = object("a", { resourceVersion: "2" })
    for (const one of [
      carried({ verb: "create", body: a }, { after: at(a), status: 201 }),
      carried({ verb: "get", name: "a" }, { before: at(a) }, { access: "read" }),
      carried({ verb: "update", name: "a", body: a }, { before: at(a), after: at(moved) }),
      carried({ verb: "update", name: "a", body: a }, { before: at(moved), status: 409 }),
      carried({ verb: "delete", name: "a" }, { before: at(a), after: {} })
    ]) {
      assert.deepStrictEqual(wrong(one), [])
    }
  })

  const says = (one: Carried<Parts>, pattern: RegExp) => assert.match(wrong(one).join("\n"), pattern)

  it("a refusal or a read that changes something", () => {
    says(carried({ verb: "update", name: "a" }, { before: at(a), after: {}, status: 409 }), /a refusal changes nothing/)
    const reply = { status: 200, body: a }
    says(carried({ verb: "get", name: "a" }, { before: at(a), after: {} }, { reply }), /a read changes nothing/)
  })

  it("a read of another version, a write by an old one", () => {
    const body = object("a", { resourceVersion: "0" })
    says(carried({ verb: "get", name: "a" }, { before: at(a) }, { reply: { status: 200, body } }), /is another version/)
    const moved = object("a", { resourceVersion: "2" })
    says(carried({ verb: "update", name: "a", body }, { before: at(a), after: at(moved) }), /no write by a stale/)
    const preconditions = { preconditions: { uid: "another" } }
    says(
      carried({ verb: "delete", name: "a", body: preconditions }, { before: at(a), after: {} }),
      /no write by a stale/
    )
  })

  it("a version that does not move, a deletion taken back, another object touched", () => {
    const changed = object("a", { labels: { some: "thing" } })
    says(carried({ verb: "patch", name: "a" }, { before: at(a), after: at(changed) }), /its version does not/)
    const going = object("a", { deletionTimestamp: "2026-01-01T00:00:00Z" })
    const back = object("a", { resourceVersion: "2" })
    says(carried({ verb: "patch", name: "a" }, { before: at(going), after: at(back) }), /its deletion is taken back/)
    const both = { ...at(back), ...at(object("b")) }
    says(carried({ verb: "patch", name: "a" }, { before: at(a), after: both }), /changes shop\/a,shop\/b/)
    const other = object("a", { uid: "another", resourceVersion: "2" })
    says(carried({ verb: "patch", name: "a" }, { before: at(a), after: at(other) }), /another object takes its place/)
  })
})

describe("laws of the store", () => {
  const broken = (objects: Objects) =>
    storeLaws.flatMap((law) => (law._tag === "Always" && !law.holds(reading(objects)) ? [law.name] : []))

  it("hold of whole objects", () => assert.deepStrictEqual(broken({ ...at(a), ...at(object("b")) }), []))

  it("each is broken by what it is about", () => {
    assert.deepStrictEqual(broken({ "shop/elsewhere": a }), ["objects are whole, and where their names say"])
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true }
    const ownerReferences = [owner, { ...owner, uid: "v" }]
    assert.deepStrictEqual(broken(at(object("a", { ownerReferences }))), ["an object has one controller at most"])
    assert.deepStrictEqual(broken({ ...at(a), ...at(object("b", { uid: "uid-a" })) }), ["no two objects share a uid"])
  })
})

describe("promises of a controller", () => {
  /** The first broken promise of a greeter that does this first. */
  const told = Effect.fnUntraced(function* (first: typeof greeter.pass, requests: typeof model.requests) {
    const pass: typeof greeter.pass = (key, memory) => Effect.andThen(first(key, memory), greeter.pass(key, memory))
    const system = compile({ ...model, controllers: [{ ...greeter, pass }], budgets: {}, requests: requests ?? [] })
    const { verdicts } = yield* check(system, { stopAtFirst: true })
    return verdicts[0]?.because ?? "nothing"
  })

  const made = (metadata: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata })
  const creates = (one: KubeObject) => () =>
    Kubernetes.perform(new Create({ resource: Kinds.ConfigMap, object: one, manager: "greeter" })).pipe(
      Effect.ignore,
      Effect.as({ memory: null })
    )
  const orphan = creates(made({ name: "stray", namespace: "default" }))

  it.effect("own kinds, owners, names of targets", () =>
    Effect.gen(function* () {
      const only = Requests.writesOnly("greeter", [resource])
      assert.match(yield* told(orphan, [only]), /greeter: writes only its own kinds: a create of configmaps/)
      assert.match(yield* told(orphan, [Requests.makesOwned("greeter", resource)]), /stray has no such controller/)
      assert.match(yield* told(orphan, [Requests.namesItsTargets("greeter")]), /an apply without uid/)
      const versions = (kind: Kinds.Resource) => [Requests.namesItsVersions("greeter", [kind])]
      assert.match(yield* told(orphan, versions(Kinds.ConfigMap)), /a patch of configmaps without resourceVersion/)
      assert.strictEqual(yield* told(orphan, versions(Kinds.Service)), "nothing")
      assert.strictEqual(yield* told(orphan, [...answerLaws]), "nothing")
    })
  )

  it.effect("quiet, where all is as desired", () =>
    Effect.gen(function* () {
      const isThere = (read: Read<Parts>) =>
        (read("api/configmaps") as ReadonlyMap<string, unknown>).has("default/hello")
      const restless = () =>
        Kubernetes.perform(
          new Apply({
            resource: Kinds.ConfigMap,
            object: { ...made({ name: "hello", namespace: "default" }), data: { times: "another" } },
            manager: "restless",
            force: true
          })
        ).pipe(Effect.ignore, Effect.as({ memory: null }))
      const quiet = [Requests.restsQuietly("greeter", isThere)]
      assert.match(yield* told(restless, quiet), /changes nothing where all is as desired: a patch of configmaps/)
      const isNews = ({ resource }: ApiRequest) => resource === "configmaps"
      assert.match(yield* told(restless, [Requests.restsQuietly("greeter", isThere, isNews)]), /a patch of greetings/)
    })
  )

  it("writes that name nothing are told apart", () => {
    const request = { ...configMaps, name: "a" } as const
    assert.isUndefined(nameless({ ...request, verb: "update", body: a }))
    assert.match(nameless({ ...request, verb: "update", body: {} }) ?? "", /without resourceVersion/)
    assert.match(nameless({ ...request, verb: "delete" }) ?? "", /without uid/)
    assert.isUndefined(versionless({ ...request, verb: "create", body: {} }))
    assert.isUndefined(versionless({ ...request, verb: "update", body: a }))
    const body = [{ op: "test", path: "/metadata/uid", value: "u" }]
    const patch = { ...request, verb: "patch", contentType: ContentType.jsonPatch } as const
    assert.match(versionless({ ...patch, body }) ?? "", /without resourceVersion/)
    const of = [...body, { op: "replace", path: "/metadata/resourceVersion", value: "1" }]
    assert.isUndefined(versionless({ ...patch, body: of }))
  })
})

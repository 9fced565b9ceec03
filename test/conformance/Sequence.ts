/** Sequences of requests: what to ask is drawn once, and each server is asked about its own objects. */
import { apiVersionOf, type KubeObject } from "../../src/domain/kube/Object.ts"
import { ContentType } from "../../src/domain/kube/Wire.ts"
import * as Edit from "./Edit.ts"
import type { Random } from "./Random.ts"
import { budget, evict, observed, running } from "./Evictions.ts"
import { common, type Subject } from "./Subjects.ts"
import {
  collectionOf,
  conditions,
  type Drawn,
  type Maker,
  type Place,
  precondition,
  type Step,
  where
} from "./Drawn.ts"

const placed = (value: unknown, namespace: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("$namespace", namespace))

const fresh = ({ name, place, random, subject }: Drawn): KubeObject => ({
  apiVersion: apiVersionOf(subject.resource),
  kind: subject.resource.kind,
  metadata: {
    name,
    ...(subject.resource.namespaced ? { namespace: place.namespace } : {}),
    labels: { seq: place.namespace, ...(random.chance(0.5) ? { app: "a" } : {}) },
    ...(random.chance(0.15) ? { annotations: { note: "first" } } : {})
  },
  ...(placed(subject.body(random), place.namespace) as object)
})

const edits = ({ random, subject }: Drawn): ReadonlyArray<Edit.Edit> =>
  Array.from({ length: random.chance(0.6) ? 1 : 2 }, () =>
    random.pick(random.chance(0.3) || subject.edits.length === 0 ? common : subject.edits)
  )

const statusEdits = ({ random, subject }: Drawn): ReadonlyArray<Edit.Edit> => [random.pick(subject.statusEdits)]

const applied = (object: KubeObject, changes: ReadonlyArray<Edit.Edit>): KubeObject =>
  changes.reduce(Edit.apply, object)

const writeQuery = (random: Random, manager = "writer"): Record<string, string> => ({
  fieldManager: manager,
  ...(random.chance(0.35) ? { fieldValidation: random.pick(["Strict", "Strict", "Ignore", "Warn"]) } : {}),
  ...(random.chance(0.04) ? { dryRun: "All" } : {})
})

const create: Maker = (drawn) => {
  const { random } = drawn
  const named = random.chance(0.5) ? fresh(drawn) : applied(fresh(drawn), edits(drawn))
  const { name, ...rest } = named.metadata ?? {}
  const generated = random.chance(0.08)
  const body = generated ? { ...named, metadata: { ...rest, generateName: `${name}-` } } : named
  const query = writeQuery(random)
  return { what: "create", request: () => ({ verb: "create", ...collectionOf(drawn), query, body }) }
}

const get: Maker = (drawn) => {
  const subresource = drawn.subject.hasStatus && drawn.random.chance(0.2) ? { subresource: "status" } : {}
  return { what: "get", request: () => ({ verb: "get", ...where(drawn), ...subresource }) }
}

const list: Maker = (drawn) => {
  const { random, place, subject } = drawn
  const own = `seq=${place.namespace}`
  const selectors = [own, `${own},app=a`, `${own},app!=a`, `${own},tier in (one,two)`, `${own},!tier`, "bad selector!"]
  const query: Record<string, string> = {
    ...(random.chance(0.6) || !subject.resource.namespaced ? { labelSelector: random.pick(selectors) } : {}),
    ...(random.chance(0.2)
      ? { fieldSelector: random.pick([`metadata.name=${drawn.name}`, "metadata.name!=x", "no.such=field"]) }
      : {}),
    ...(random.chance(0.15) ? { limit: "1" } : {}),
    ...(random.chance(0.08) ? { resourceVersionMatch: random.pick(["Exact", "NotOlderThan", "Wrong"]) } : {})
  }
  return { what: "list", request: () => ({ verb: "list", ...collectionOf(drawn), query }) }
}

/** The next page, of the last list or of another; writes in between belong to no page. */
const nextPage: Maker = (drawn) => {
  const { random, place } = drawn
  const query: Record<string, string> = {
    ...(random.chance(0.3) ? { labelSelector: `seq=${place.namespace}` } : {}),
    ...(random.chance(0.7) ? { limit: random.pick(["1", "1", "2"]) } : {})
  }
  // Refused beside a token; without one it would ask a cache that may be behind.
  const version = random.chance(0.05) ? { resourceVersion: random.pick(["0", "1"]) } : {}
  const isBroken = random.chance(0.1)
  return {
    what: "list of the next page",
    request: (_known, rest) => {
      const token = isBroken ? `${rest ?? "no"}x` : rest
      const all = token === undefined ? { ...query, limit: "1" } : { ...query, ...version, continue: token }
      return { verb: "list", ...collectionOf(drawn), query: all }
    }
  }
}

const updated = (drawn: Drawn, changes: ReadonlyArray<Edit.Edit>, subresource?: string): Step["request"] => {
  const { random } = drawn
  const query = writeQuery(random, random.pick(["writer", "other"]))
  const [version, uid] = [
    random.chance(0.75) ? "current" : precondition(random),
    random.chance(0.85) ? "none" : precondition(random)
  ] as const
  const spare = fresh(drawn)
  return (known) => {
    const base = known?.object ?? spare
    const { resourceVersion: _, ...metadata } = base.metadata
    const body = applied({ ...base, metadata: { ...metadata, ...conditions(version, uid, known) } }, changes)
    return { verb: "update", ...where(drawn), query, body, ...(subresource === undefined ? {} : { subresource }) }
  }
}

const update: Maker = (drawn) => ({ what: "update", request: updated(drawn, edits(drawn)) })

const updateStatus: Maker = (drawn) => ({
  what: "update of status",
  request: updated(drawn, [...statusEdits(drawn), ...(drawn.random.chance(0.4) ? edits(drawn) : [])], "status")
})

const patched = (
  drawn: Drawn,
  changes: ReadonlyArray<Edit.Edit>,
  contentType: string,
  subresource?: string
): Step["request"] => {
  const { random } = drawn
  const query = writeQuery(random, random.pick(["writer", "other"]))
  const [version, uid] = [
    random.chance(0.8) ? "none" : precondition(random),
    random.chance(0.92) ? "none" : precondition(random)
  ] as const
  return (known) => {
    const base: unknown = known?.object ?? {}
    const guards = Object.entries(conditions(version, uid, known)).map(([field, value]): Edit.Edit => ({
      path: ["metadata", field],
      value
    }))
    const all = [...guards, ...changes]
    const body =
      contentType === ContentType.jsonPatch
        ? Edit.asJsonPatch(all, base)
        : Edit.asMerge(
            all,
            all.reduce((object, edit) => Edit.apply(object, edit), base)
          )
    return {
      verb: "patch",
      ...where(drawn),
      query,
      contentType,
      body,
      ...(subresource === undefined ? {} : { subresource })
    }
  }
}

const patch =
  (what: string, contentType: string): Maker =>
  (drawn) => ({ what, request: patched(drawn, edits(drawn), contentType) })

/** Directives that only a strategic merge patch has. */
const directive: Maker = (drawn) => {
  const { place, random } = drawn
  const bodies = [
    { spec: { ports: [{ $patch: "delete", port: 6379 }] } },
    {
      spec: {
        ports: [
          { port: 6379, name: "renamed" },
          { port: 81, name: "c" }
        ]
      }
    },
    { spec: { ports: [{ $patch: "replace" }, { port: 82, name: "d" }] } },
    { metadata: { labels: { $patch: "replace", seq: place.namespace } } },
    { metadata: { finalizers: ["example.com/three"] } },
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/hold"] } },
    { spec: { template: { spec: { containers: [{ name: "valkey", image: "patched" }] } } } },
    { spec: { containers: [{ name: "valkey", image: "patched" }] } },
    { spec: { template: { spec: { volumes: [{ name: "data", $patch: "delete" }] } } } },
    { spec: { selector: { $patch: "delete" } } },
    { data: { $retainKeys: ["a"], a: "kept" } },
    { imagePullSecrets: [{ name: "z" }] },
    { spec: { taints: [{ key: "z", effect: "NoSchedule" }] } },
    { $patch: "wrong" }
  ]
  const body = random.pick(bodies)
  const query = writeQuery(random)
  return {
    what: "strategic patch",
    request: () => ({ verb: "patch", ...where(drawn), query, contentType: ContentType.strategic, body })
  }
}

const patchStatus: Maker = (drawn) => {
  const contentType = drawn.random.pick([ContentType.merge, ContentType.merge, ContentType.jsonPatch])
  return { what: "patch of status", request: patched(drawn, statusEdits(drawn), contentType, "status") }
}

const apply: Maker = (drawn) => {
  const { random } = drawn
  const managers = ["one", "two", "writer"]
  const base = fresh(drawn)
  const partial = random.chance(0.5)
    ? base
    : { apiVersion: base.apiVersion, kind: base.kind, metadata: { name: drawn.name } }
  const toStatus = drawn.subject.hasStatus && random.chance(0.12)
  const body = applied(partial, toStatus ? statusEdits(drawn) : edits(drawn))
  const query = {
    ...writeQuery(random, random.pick(managers)),
    ...(random.chance(0.55) ? { force: "true" } : {})
  }
  const [version, uid] = [
    random.chance(0.85) ? "none" : precondition(random),
    random.chance(0.88) ? "none" : precondition(random)
  ] as const
  return {
    what: toStatus ? "apply of status" : "apply",
    request: (known) => ({
      verb: "patch",
      ...where(drawn),
      ...(toStatus ? { subresource: "status" } : {}),
      query,
      contentType: ContentType.apply,
      body: { ...body, metadata: { ...body.metadata, ...conditions(version, uid, known) } }
    })
  }
}

const remove: Maker = (drawn) => {
  const { random } = drawn
  const uid = random.chance(0.7) ? "none" : precondition(random)
  const version = random.chance(0.85) ? "none" : precondition(random)
  const options = {
    ...(random.chance(0.4) ? { propagationPolicy: random.pick(["Background", "Foreground", "Orphan", "Wrong"]) } : {}),
    ...(random.chance(0.15) ? { gracePeriodSeconds: random.pick([0, 5]) } : {}),
    ...(random.chance(0.05) ? { dryRun: ["All"] } : {})
  }
  return {
    what: "delete",
    request: (known) => {
      const preconditions = conditions(version, uid, known)
      const some = Object.keys(preconditions).length > 0 ? { preconditions } : {}
      return { verb: "delete", ...where(drawn), body: { kind: "DeleteOptions", apiVersion: "v1", ...options, ...some } }
    }
  }
}

const removeAll: Maker = (drawn) => {
  const query = { labelSelector: `seq=${drawn.place.namespace}${drawn.random.chance(0.5) ? ",app=a" : ""}` }
  return { what: "deletecollection", request: () => ({ verb: "deletecollection", ...collectionOf(drawn), query }) }
}

const makers: ReadonlyArray<readonly [number, Maker]> = [
  [16, create],
  [5, get],
  [6, list],
  [3, nextPage],
  [14, update],
  [8, patch("merge patch", ContentType.merge)],
  [7, patch("JSON patch", ContentType.jsonPatch)],
  [4, patch("strategic patch", ContentType.strategic)],
  [3, directive],
  [18, apply],
  [8, remove],
  [2, removeAll]
]

const statusMakers: ReadonlyArray<readonly [number, Maker]> = [
  [5, updateStatus],
  [5, patchStatus]
]

const evictionMakers: ReadonlyArray<readonly [number, Maker]> = [
  [20, running],
  [6, budget],
  [20, observed],
  [20, evict]
]

const weighted = (random: Random, all: ReadonlyArray<readonly [number, Maker]>): Maker => {
  let left = random.next() * all.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, maker] of all) if ((left -= weight) < 0) return maker
  return all[0]![1]
}

/** The next request about `subject`: the first ones create, so that there is something to ask about. */
export const step = (random: Random, subject: Subject, place: Place, index: number): Step => {
  const suffix = subject.isEvicted === true && index < 5 ? "a" : random.pick(["a", "a", "b"])
  const name = subject.resource.namespaced ? suffix : `${place.namespace}-${suffix}`
  const drawn: Drawn = { random, subject, place, name }
  const all = [
    ...makers,
    ...(subject.statusEdits.length > 0 ? statusMakers : []),
    ...(subject.isEvicted === true ? evictionMakers : [])
  ]
  const first = subject.isEvicted === true ? [create, create, running, budget, evict] : [create, create]
  const maker =
    index < 2 ? random.pick([create, create, apply]) : index < first.length ? first[index]! : weighted(random, all)
  return { subject, name, ...maker(drawn) }
}

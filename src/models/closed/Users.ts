/**
 * What people and other programs do to the objects of a cluster: requests of
 * somebody who is no operator, each paid from a budget.
 */
import type { Action, Outcome, Read } from "../../domain/check/System.ts"
import type { Key } from "../../domain/Controller.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../domain/kube/Wire.ts"
import { handle } from "../kube/api/Server.ts"
import { pathOf } from "../kube/api/Store.ts"
import { kindIn, objectIn, type Parts } from "./Parts.ts"
import { changed } from "./Step.ts"

const placed = ({ group, namespaced, plural, version }: Resource, { namespace }: Pick<Key, "namespace">) => ({
  group,
  version,
  resource: plural,
  ...(namespaced ? { namespace } : {})
})

export interface Asked {
  readonly key: string
  readonly says: string
  readonly request: ApiRequest
}

const carriedOut = (read: Read<Parts>, requests: ReadonlyArray<ApiRequest>): Partial<Parts> =>
  changed(read, (world, names) => {
    const api = requests.reduce((now, request) => handle(now, request, names)[0], world.api)
    return api === world.api ? world : { ...world, api }
  })

/** The API server refuses some: those change nothing, and are no step. */
const outcomes = function* (read: Read<Parts>, all: ReadonlyArray<Asked>): Iterable<Outcome<Parts>> {
  for (const { key, request, says } of all) {
    const set = carriedOut(read, [request])
    if (Object.keys(set).length > 0) yield { key, says, set }
  }
}

export const user = (
  name: string,
  budget: string,
  asks: (read: Read<Parts>) => ReadonlyArray<Asked>
): Action<Parts> => ({
  name,
  fairness: { budget },
  outcomes: (read) => outcomes(read, asks(read))
})

/** An object by its place. */
export interface Target extends Key {
  readonly resource: Resource
}

export const targetIn = (read: Read<Parts>, { name, namespace, resource }: Target): KubeObject | undefined =>
  objectIn(read, resource, resource.namespaced ? pathOf(namespace, name) : name)

const textOf = ({ name, resource }: Target): string => `${resource.kind} ${name}`

/** Of those that are there. */
export const deletes = (budget: string, targets: ReadonlyArray<Target>): Action<Parts> =>
  user("somebody deletes an object", budget, (read) =>
    targets
      .filter((target) => targetIn(read, target) !== undefined)
      .map((target) => ({
        key: textOf(target),
        says: `${textOf(target)} is deleted`,
        request: { verb: "delete", ...placed(target.resource, target), name: target.name }
      }))
  )

const cordons = (read: Read<Parts>, unschedulable: true | null): ReadonlyArray<ApiRequest> =>
  [...kindIn(read, Kinds.Node).values()].map(({ metadata: { name = "" } }) => ({
    verb: "patch",
    ...placed(Kinds.Node, { namespace: "" }),
    name,
    query: { fieldManager: "user" },
    contentType: ContentType.merge,
    body: { spec: { unschedulable } }
  }))

/** One of these pods is deleted, and no machine takes the one that comes after it; machines may take it later, or never. */
export const strands = (budget: string, pods: ReadonlyArray<Target>): ReadonlyArray<Action<Parts>> => [
  {
    name: "a pod is lost",
    fairness: { budget },
    *outcomes(read) {
      for (const target of pods.filter((one) => targetIn(read, one) !== undefined)) {
        const deletion: ApiRequest = { verb: "delete", ...placed(target.resource, target), name: target.name }
        const says = `${target.name} is deleted, and no machine takes the next one`
        yield { key: target.name, says, set: carriedOut(read, [...cordons(read, true), deletion]) }
      }
    }
  },
  {
    name: "machines take pods again",
    fairness: "none",
    *outcomes(read) {
      const set = carriedOut(read, cordons(read, null))
      if (Object.keys(set).length > 0) yield { key: "", says: "machines take pods again", set }
    }
  }
]

/** The object is made again as it was when the model began. */
export const creates = (budget: string, target: Target, object: KubeObject): Action<Parts> =>
  user("somebody creates an object", budget, (read) =>
    targetIn(read, target) !== undefined
      ? []
      : [
          {
            key: textOf(target),
            says: `${textOf(target)} is created`,
            request: {
              verb: "create",
              ...placed(target.resource, target),
              query: { fieldManager: "user" },
              body: object
            }
          }
        ]
  )

export interface Edit extends Target {
  readonly says: string
  /** A merge patch. */
  readonly patch: object
}

export const edits = (budget: string, all: ReadonlyArray<Edit>, manager = "user"): Action<Parts> =>
  user("somebody edits an object", budget, (read) =>
    all
      .filter((edit) => targetIn(read, edit) !== undefined)
      .map((edit) => ({
        key: `${textOf(edit)}: ${edit.says}`,
        says: `${textOf(edit)}: ${edit.says}`,
        request: {
          verb: "patch",
          ...placed(edit.resource, edit),
          name: edit.name,
          query: { fieldManager: manager },
          contentType: ContentType.merge,
          body: edit.patch
        }
      }))
  )

const touched = "example.org/touched"

/** Another writer changes what concerns nobody: who read the object before holds an old version of it. */
export const touches = (budget: string, targets: ReadonlyArray<Target>): Action<Parts> =>
  user("another writer touches an object", budget, (read) =>
    targets.flatMap((target) => {
      const object = targetIn(read, target)
      if (object === undefined) return []
      const value = object.metadata.annotations?.[touched] === undefined ? "yes" : null
      return [
        {
          key: textOf(target),
          says: `another writer touches ${textOf(target)}`,
          request: {
            verb: "patch",
            ...placed(target.resource, target),
            name: target.name,
            query: { fieldManager: "another" },
            contentType: ContentType.merge,
            body: { metadata: { annotations: { [touched]: value } } }
          }
        }
      ]
    })
  )

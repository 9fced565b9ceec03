/**
 * What the reflectors of this process hold, and how a cached read is answered
 * from it: by no request at all.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { targetOf } from "./KubeError.ts"
import type { KubeObject } from "./Object.ts"
import * as Reflector from "./Reflector.ts"
import * as Selector from "./Selector.ts"
import type { ApiReply, ApiRequest, StatusBody } from "./Wire.ts"

/** One reflector as it is now. */
export interface View {
  readonly scope: Reflector.Scope
  readonly state: Reflector.State
}

const holds = ({ scope, state }: View, request: ApiRequest): boolean =>
  state.isSynced &&
  scope.resource.plural === request.resource &&
  scope.resource.group === request.group &&
  scope.resource.version === request.version &&
  (scope.namespace === undefined || scope.namespace === request.namespace) &&
  request.subresource === undefined

const notFound = (request: ApiRequest): ApiReply => {
  const body: StatusBody = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `${targetOf(request)} not found in the watch cache`,
    reason: "NotFound",
    code: 404
  }
  return { status: 404, body }
}

const get = (views: ReadonlyArray<View>, request: ApiRequest): ApiReply | undefined => {
  const namespace = request.namespace ?? ""
  const name = request.name ?? ""
  for (const { state } of views) {
    const found = state.objects[Reflector.position(state.objects, namespace, name)]
    if (found?.metadata.name === name && (found.metadata.namespace ?? "") === namespace) {
      return { status: 200, body: found }
    }
  }
  // A view with a selector cannot say that an object without its labels does not exist.
  return views.some((view) => covers(view, request.query?.["labelSelector"])) ? notFound(request) : undefined
}

/** The objects of a namespace are next to each other. */
const within = (objects: ReadonlyArray<KubeObject>, namespace: string | undefined): ReadonlyArray<KubeObject> =>
  namespace === undefined
    ? objects
    : objects.slice(Reflector.position(objects, namespace, ""), Reflector.position(objects, `${namespace}\0`, ""))

const partsOf = (selector: string | undefined): ReadonlyArray<string> =>
  selector === undefined ? [] : selector.split(",").map((part) => part.trim())

/** Every object that `selector` asks for is in a view of that scope. Set-based parts hold commas: they must be the same text. */
const covers = ({ scope }: View, selector: string | undefined): boolean => {
  if (scope.labelSelector === undefined || scope.labelSelector === selector) return true
  const asked = partsOf(selector)
  return !scope.labelSelector.includes("(") && partsOf(scope.labelSelector).every((part) => asked.includes(part))
}

const list = (views: ReadonlyArray<View>, request: ApiRequest): ApiReply | undefined => {
  const selector = request.query?.["labelSelector"]
  const view = views.find((one) => covers(one, selector))
  const fits = selector === undefined || selector === view?.scope.labelSelector ? () => true : Selector.parse(selector)
  if (view === undefined || fits === undefined) return undefined
  const items = within(view.state.objects, request.namespace).filter((object) => fits(object.metadata.labels ?? {}))
  return { status: 200, body: { metadata: { resourceVersion: view.state.version }, items } }
}

const understood: ReadonlySet<string> = new Set(["resourceVersion", "labelSelector"])

/**
 * The reply to a read that may be stale (`resourceVersion` 0), or undefined
 * when no synced view can tell: then the server has to be asked.
 */
export const answer = (views: ReadonlyArray<View>, request: ApiRequest): ApiReply | undefined => {
  if (request.query?.["resourceVersion"] !== "0") return undefined
  if (!Object.keys(request.query).every((parameter) => understood.has(parameter))) return undefined
  const able = views.filter((view) => holds(view, request))
  return request.verb === "get" ? get(able, request) : request.verb === "list" ? list(able, request) : undefined
}

/** The views of this process: the reflectors write it, the wrapper for cached reads reads it. */
export class Cache extends Context.Service<
  Cache,
  {
    readonly views: Effect.Effect<ReadonlyArray<View>>
    /** Replaces the view of the same scope. */
    readonly publish: (view: View) => Effect.Effect<void>
  }
>()("gungnir/domain/kube/Cache") {}

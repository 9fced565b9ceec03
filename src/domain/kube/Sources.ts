/**
 * What a controller's sources mean: which collections are watched, and which
 * keys look again when one of their objects changes.
 */
import { type Controller, type Key, keyText, type Source } from "../Controller.ts"
import type { KubeObject, Resource } from "./Object.ts"
import type { Scope } from "./Reflector.ts"

type Watched = { readonly resource: Resource; readonly labelSelector?: string }
/** `any`: what is watched has nothing to do with what a pass remembers. */
type Watching = Pick<Controller<any, unknown, never>, "primary" | "sources">

/** The one key that a primary object is. */
export const keyOf = ({ metadata }: KubeObject): Key => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name ?? ""
})

/** In one namespace, or (undefined) in all of them. */
export const scopeOf = (watched: Watched, namespace: string | undefined): Scope => ({
  resource: watched.resource,
  ...(watched.resource.namespaced && namespace !== undefined ? { namespace } : {}),
  ...(watched.labelSelector === undefined ? {} : { labelSelector: watched.labelSelector })
})

/** How the primary objects are watched: as the controller itself does, if it does. */
export const primaryOf = ({ primary, sources }: Watching): Watched =>
  sources.find(
    ({ _tag, resource }) => _tag === "Objects" && resource.plural === primary.plural && resource.group === primary.group
  ) ?? { resource: primary }

export const scopesOf = (controller: Watching, namespace: string | undefined): ReadonlyArray<Scope> =>
  [primaryOf(controller), ...controller.sources].map((watched) => scopeOf(watched, namespace))

/** The keys that both states of the object name, each once: woken twice, one would look twice. */
export const woken = (
  keysOf: Extract<Source, { _tag: "Objects" }>["keysOf"],
  before: KubeObject | undefined,
  after: KubeObject | undefined
): ReadonlyArray<Key> => {
  const named = [before, after].flatMap((object) => (object === undefined ? [] : keysOf(object)))
  return [...new Map(named.map((key) => [keyText(key), key])).values()]
}

/**
 * What a namespace gets and loses: a service account and the CA bundle while
 * it is active; all its content, pods first, once it is terminating.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import { keyOf } from "../api/Store.ts"
import { same } from "../api/Types.ts"
import { type BuiltIn, create, type Move, remove, update, type View } from "./BuiltIn.ts"
import { type Condition, conditionOf, isTerminating, nameOf, withCondition } from "./Shapes.ts"

interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: ReadonlyArray<string> }
  readonly status?: { readonly phase?: string; readonly conditions?: ReadonlyArray<Condition> }
}

const active = (view: View): ReadonlyArray<Namespace> =>
  view
    .list<Namespace>(Kinds.Namespace)
    .filter((namespace) => namespace.status?.phase === "Active" && !isTerminating(namespace))

export const serviceAccount: BuiltIn = {
  name: "serviceaccount",
  moves: (view) =>
    active(view)
      .map(nameOf)
      .filter((namespace) => view.get(Kinds.ServiceAccount, namespace, "default") === undefined)
      .map((namespace) => create(Kinds.ServiceAccount, { metadata: { name: "default", namespace } }))
}

const bundleName = "kube-root-ca.crt"

const descriptionKey = "kubernetes.io/description"

const bundleDescription =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."

/** Publishes the certificate (PEM) that clients in pods verify the API server with. */
export const rootCertificate = (certificate: string): BuiltIn => ({
  name: "root-ca-certificate-publisher",
  moves: (view) =>
    active(view).flatMap((namespace): ReadonlyArray<Move> => {
      const found = view.get(Kinds.ConfigMap, nameOf(namespace), bundleName)
      const data = { "ca.crt": certificate }
      const annotations = { ...found?.metadata.annotations, [descriptionKey]: bundleDescription }
      if (found === undefined) {
        const metadata = { name: bundleName, namespace: nameOf(namespace), annotations }
        return [create(Kinds.ConfigMap, { metadata, data })]
      }
      // Any description will do, and other annotations are others' business.
      const isSame = same(found["data"], data) && Boolean(found.metadata.annotations?.[descriptionKey])
      return isSame ? [] : [update(Kinds.ConfigMap, { ...found, metadata: { ...found.metadata, annotations }, data })]
    })
})

interface Remaining {
  readonly resource: Resource
  readonly objects: ReadonlyArray<KubeObject>
}

const remainingIn = (view: View, namespace: string): ReadonlyArray<Remaining> =>
  view.resources
    .filter(({ namespaced }) => namespaced)
    .map((resource) => ({ resource, objects: view.list(resource, namespace) }))
    .filter(({ objects }) => objects.length > 0)

const podsAmong = (remaining: ReadonlyArray<Remaining>): ReadonlyArray<Remaining> =>
  remaining.filter(({ resource }) => keyOf(resource) === keyOf(Kinds.Pod))

/** Pods go before everything else; what is terminating has been asked already. */
const removals = (remaining: ReadonlyArray<Remaining>): ReadonlyArray<Move> => {
  const pods = podsAmong(remaining)
  return (pods.length > 0 ? pods : remaining).flatMap(({ objects, resource }) =>
    objects
      .filter((object) => !isTerminating(object))
      .map((object) => remove(resource, object, { propagationPolicy: "Background" }))
  )
}

const texts = {
  NamespaceDeletionDiscoveryFailure: ["ResourcesDiscovered", "All resources successfully discovered"],
  NamespaceDeletionGroupVersionParsingFailure: ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
  NamespaceDeletionContentFailure: [
    "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization"
  ],
  NamespaceContentRemaining: ["ContentRemoved", "All content successfully removed"],
  NamespaceFinalizersRemaining: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"]
} as const

const finalizerCounts = (remaining: ReadonlyArray<Remaining>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { metadata } of remaining.flatMap(({ objects }) => objects)) {
    for (const finalizer of metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1)
  }
  return counts
}

/** What still stands in the way, in the real controller's words. */
const wantedConditions = (remaining: ReadonlyArray<Remaining>, time: string): ReadonlyArray<Condition> => {
  const content = remaining
    .map(({ objects, resource }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`)
    .sort()
  const finalizers = [...finalizerCounts(remaining)].map(([name, count]) => `${name} in ${count} resource instances`)
  const problems: Readonly<Record<string, readonly [string, string]>> = {
    ...(content.length === 0
      ? {}
      : { NamespaceContentRemaining: ["SomeResourcesRemain", `Some resources are remaining: ${content.join(", ")}`] }),
    ...(finalizers.length === 0
      ? {}
      : {
          NamespaceFinalizersRemaining: [
            "SomeFinalizersRemain",
            `Some content in the namespace has finalizers remaining: ${finalizers.sort().join(", ")}`
          ]
        })
  }
  return Object.entries(texts).map(([type, fine]) => {
    const [reason, message] = problems[type] ?? fine
    return { type, status: type in problems ? "True" : "False", reason, message, lastTransitionTime: time }
  })
}

const reported = (
  namespace: Namespace,
  remaining: ReadonlyArray<Remaining>,
  nowMillis: number
): ReadonlyArray<Move> => {
  const old = namespace.status?.conditions
  const wanted = wantedConditions(remaining, seconds(nowMillis))
  const isSame = wanted.every((one) => {
    const found = conditionOf(old, one.type)
    return found?.status === one.status && found.reason === one.reason && found.message === one.message
  })
  const conditions = wanted.reduce(withCondition, old ?? [])
  return isSame
    ? []
    : [update(Kinds.Namespace, { ...namespace, status: { ...namespace.status, conditions } }, "status")]
}

const emptied = (view: View, namespace: Namespace, nowMillis: number): ReadonlyArray<Move> => {
  const finalizers = namespace.spec?.finalizers ?? []
  if (!finalizers.includes("kubernetes")) return []
  const remaining = remainingIn(view, nameOf(namespace))
  if (remaining.length === 0) {
    const rest = finalizers.filter((one) => one !== "kubernetes")
    return [update(Kinds.Namespace, { ...namespace, spec: { ...namespace.spec, finalizers: rest } }, "finalize")]
  }
  const deletions = removals(remaining)
  // Reported when nothing can be done but wait; what waits behind pods is not counted yet.
  const counted = podsAmong(remaining).length > 0 ? [] : remaining
  return deletions.length > 0 ? deletions : reported(namespace, counted, nowMillis)
}

export const namespaceLifecycle: BuiltIn = {
  name: "namespace",
  moves: (view, nowMillis) =>
    view
      .list<Namespace>(Kinds.Namespace)
      .filter(isTerminating)
      .flatMap((namespace) => emptied(view, namespace, nowMillis))
}

/**
 * The volumes of a pod as folders of this machine. What a kubelet would mount
 * is written below the pod's folder; claims keep theirs as long as the runner.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { KubeError } from "../domain/kube/KubeError.ts"
import { Get, Kubernetes } from "../domain/kube/Kubernetes.ts"
import * as Kinds from "../domain/kube/Object.ts"
import type { KubeObject } from "../domain/kube/Object.ts"
import type { Pod } from "../models/kube/controllers/Shapes.ts"

type Item = { readonly key: string; readonly path: string }

interface VolumeSource {
  readonly name: string
  readonly configMap?: { readonly name: string; readonly items?: ReadonlyArray<Item> }
  readonly secret?: { readonly secretName: string; readonly items?: ReadonlyArray<Item> }
  readonly persistentVolumeClaim?: { readonly claimName: string }
}

const folder = (...parts: ReadonlyArray<string>): string => {
  const path = join(...parts)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** Files of a ConfigMap or, unwrapped only here, of a Secret. */
const write = (path: string, object: KubeObject, items: ReadonlyArray<Item> | undefined): void => {
  // Sound: the server decodes what it stores.
  const data = (object["data"] ?? {}) as Readonly<Record<string, unknown>>
  for (const { key, path: file } of items ?? Object.keys(data).map((key) => ({ key, path: key }))) {
    const value = data[key]
    const bytes = Redacted.isRedacted(value)
      ? Buffer.from(String(Redacted.value(value)), "base64")
      : String(value ?? "")
    writeFileSync(join(path, file), bytes, { mode: 0o600 })
  }
}

const materialise = Effect.fnUntraced(function* (
  pod: Pod,
  source: VolumeSource,
  root: string
): Effect.fn.Return<string, KubeError, Kubernetes> {
  const namespace = pod.metadata.namespace ?? ""
  const path = folder(root, "pods", pod.metadata.uid ?? "", source.name)
  if (source.persistentVolumeClaim !== undefined) {
    return folder(root, "claims", namespace, source.persistentVolumeClaim.claimName)
  }
  const named = source.configMap?.name ?? source.secret?.secretName
  if (named === undefined) return path
  const resource = source.configMap === undefined ? Kinds.Secret : Kinds.ConfigMap
  const object = yield* Kubernetes.perform(new Get({ resource, namespace, name: named }))
  write(path, object, source.configMap?.items ?? source.secret?.items)
  return path
})

/** Host folders by the name of the volume. Fails while a ConfigMap or Secret is missing. */
export const volumesOf = Effect.fnUntraced(function* (
  pod: Pod,
  root: string
): Effect.fn.Return<ReadonlyMap<string, string>, KubeError, Kubernetes> {
  const paths = new Map<string, string>()
  // Sound: the server decodes what it stores.
  for (const volume of (pod.spec.volumes ?? []) as ReadonlyArray<VolumeSource>) {
    paths.set(volume.name, yield* materialise(pod, volume, root))
  }
  return paths
})

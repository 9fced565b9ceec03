/**
 * How a container's server is started: what its start script makes of the
 * files and variables that the pod gives it.
 */
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import type { View } from "../kube/controllers/BuiltIn.ts"
import { directives } from "../valkey/Config.ts"
import { type ContainerSpec, nameOf, namespaceOf, type Pod, uidOf, type Volume } from "../kube/controllers/Shapes.ts"

/** The fields of a container that the API server has decoded, and that only what runs in it reads. */
interface Contents extends ContainerSpec {
  readonly command?: ReadonlyArray<string>
  readonly args?: ReadonlyArray<string>
  readonly env?: ReadonlyArray<{ readonly name: string; readonly value?: string }>
  readonly volumeMounts?: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>
}

interface Files extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

export interface Server {
  readonly port: number
  /** Directives, as a file and the command line give them. */
  readonly options: Readonly<Record<string, string>>
  /** Whose disk: a claim's outlives the pod, any other goes with it. */
  readonly disk: string
}

/** `None`: no server that is modelled. `Waiting`: a volume is not there yet. */
export type Boot =
  | { readonly _tag: "None" }
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Server"; readonly server: Server }

const volumeAt = (pod: Pod, { volumeMounts = [] }: Contents, path: string): Volume | undefined => {
  const mount = volumeMounts.find(({ mountPath }) => mountPath === path)
  return pod.spec.volumes?.find(({ name }) => name === mount?.name)
}

const filesOf = (view: View, pod: Pod, volume: Volume | undefined): Files["data"] => {
  const { configMap, secret } = (volume ?? {}) as {
    readonly configMap?: { readonly name?: string }
    readonly secret?: { readonly secretName?: string }
  }
  if (configMap?.name !== undefined) return view.get<Files>(Kinds.ConfigMap, namespaceOf(pod), configMap.name)?.data
  if (secret?.secretName === undefined) return undefined
  const data = view.get<Files>(Kinds.Secret, namespaceOf(pod), secret.secretName)?.data
  return data && Object.fromEntries(Object.entries(data).map(([name, value]) => [name, atob(value)]))
}

const diskOf = (view: View, pod: Pod, volume: Volume | undefined): string | undefined => {
  const claim = volume?.persistentVolumeClaim?.claimName
  if (claim === undefined) return `pod/${uidOf(pod)}`
  const object = view.get(Kinds.PersistentVolumeClaim, namespaceOf(pod), claim)
  return object === undefined ? undefined : `claim/${uidOf(object)}`
}

/** What a name of the cluster's DNS means now: `pod.service.namespace.svc...` is the address of that pod. */
const resolved = (view: View, host: string): string => {
  const [pod = "", , namespace = "", svc] = host.split(".")
  return svc === "svc" ? (view.get<Pod>(Kinds.Pod, namespace, pod)?.status?.podIP ?? host) : host
}

/** `--replicaof` on the command line; behind `= 0 ] ||` not of the pod with ordinal 0. */
const replicaofIn = (view: View, pod: Pod, script: string): string | undefined => {
  const [, guard, host = "", port] = /(= 0 \] \|\| .*)?--replicaof (\S+) (\d+)/.exec(script) ?? []
  const isExempt = guard !== undefined && nameOf(pod).endsWith("-0")
  return port === undefined || isExempt ? undefined : `${resolved(view, host)} ${port}`
}

/** What the script says beside the file: whom it follows, the password for both directions. */
const scripted = (
  script: string,
  replicaof: string | undefined,
  password: string | undefined
): Readonly<Record<string, string>> => {
  return {
    ...(replicaof === undefined ? {} : { replicaof }),
    ...(script.includes("requirepass") && password !== undefined ? { requirepass: password } : {}),
    ...(script.includes("masterauth") && password !== undefined ? { masterauth: password } : {})
  }
}

export const bootOf = (view: View, pod: Pod, container: string): Boot => {
  // Stored pods are decoded: a container has these fields or none.
  const spec = pod.spec.containers.find(({ name }) => name === container) as Contents | undefined
  const script = [...(spec?.command ?? []), ...(spec?.args ?? [])].join(" ")
  if (spec === undefined || !script.includes("valkey-server")) return { _tag: "None" }
  const variable = (name: string, otherwise: string) => spec.env?.find((one) => one.name === name)?.value ?? otherwise
  const config = filesOf(view, pod, volumeAt(pod, spec, variable("CONFIG_DIR", "/etc/valkey")))
  const auth = filesOf(view, pod, volumeAt(pod, spec, variable("AUTH_DIR", "/etc/valkey-auth")))
  const disk = diskOf(view, pod, volumeAt(pod, spec, variable("DATA_DIR", "/data")))
  const needsPassword = script.includes("requirepass")
  if (config === undefined || disk === undefined || (needsPassword && auth?.["password"] === undefined)) {
    return { _tag: "Waiting" }
  }
  const options = {
    ...directives(config["valkey.conf"] ?? ""),
    ...scripted(script, replicaofIn(view, pod, script), auth?.["password"])
  }
  return { _tag: "Server", server: { port: Number(options["port"] ?? "6379"), options, disk } }
}

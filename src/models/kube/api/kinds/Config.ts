/**
 * ConfigMaps, Secrets and ServiceAccounts.
 */
import { ConfigMap, type KubeObject, Secret, ServiceAccount } from "../../../../domain/kube/Object.ts"
import { isFields, same } from "../Types.ts"
import { basic, column } from "./Basic.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, none, textOf } from "./Rules.ts"

const limit = 1024 * 1024

const encoder = new TextEncoder()

const keys = (object: KubeObject, field: string): Causes =>
  Object.keys(fieldsOf(object[field])).flatMap((key) =>
    Rules.complaining(`${field}[${key}]`, key, Rules.configKey(key))
  )

const textSize = (value: unknown): number =>
  Object.values(fieldsOf(value)).reduce<number>((sum, text) => sum + encoder.encode(String(text)).length, 0)

const bytesSize = (value: unknown): number =>
  Object.values(fieldsOf(value)).reduce<number>((sum, text) => {
    const padding = /=*$/.exec(String(text))![0].length
    return sum + (String(text).length / 4) * 3 - padding
  }, 0)

/** Once `immutable`, always so, and the data with it. */
const frozen = (old: KubeObject, next: KubeObject, fields: ReadonlyArray<string>): Causes =>
  old["immutable"] !== true
    ? none
    : [
        ...(next["immutable"] === true ? [] : ["immutable"]),
        ...fields.filter((field) => !same(old[field], next[field]))
      ].map((field: string) => Rules.forbidden(field, "field is immutable when `immutable` is set"))

const configMapCauses = (object: KubeObject): Causes => {
  const binary = fieldsOf(object["binaryData"])
  return [
    ...keys(object, "data"),
    ...Object.keys(fieldsOf(object["data"]))
      .filter((key) => binary[key] !== undefined)
      .map((key) => Rules.invalid(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...keys(object, "binaryData"),
    ...(textSize(object["data"]) + bytesSize(binary) > limit ? [Rules.tooLong("", limit)] : none)
  ]
}

export const configMap = basic({
  resource: ConfigMap,
  model: "V1ConfigMap",
  shortNames: ["cm"],
  rules: configMapCauses,
  changes: (old, next) => frozen(old, next, ["data", "binaryData"])
})

const base64 = (text: string): string => btoa(String.fromCharCode(...encoder.encode(text)))

/** `stringData` is a way to write `data`, and never stored. */
const secretDefaults = (object: KubeObject): KubeObject => {
  const { stringData, ...others } = object
  const type = textOf(object, "type") || "Opaque"
  // Spreading loses what the object is known to have; nothing of it is taken out.
  const rest = { ...others, type } as KubeObject
  if (!isFields(stringData)) return rest
  const written = Object.entries(stringData).map(([key, text]) => [key, base64(String(text))])
  return { ...rest, data: { ...fieldsOf(object["data"]), ...Object.fromEntries(written) } }
}

const requiredKeys: Readonly<Record<string, ReadonlyArray<string>>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"]
}

const secretCauses = (object: KubeObject): Causes => {
  const data = fieldsOf(object["data"])
  const type = textOf(object, "type")
  const account = "kubernetes.io/service-account.name"
  const isBare = data["username"] === undefined && data["password"] === undefined
  return [
    ...keys(object, "data"),
    ...(bytesSize(data) > limit ? [Rules.tooLong("data", limit)] : none),
    ...(requiredKeys[type] ?? []).filter((key) => data[key] === undefined).map((key) => Rules.required(`data[${key}]`)),
    ...(type === "kubernetes.io/basic-auth" && isBare
      ? [Rules.required("data[username]"), Rules.required("data[password]")]
      : none),
    ...(type === "kubernetes.io/service-account-token" && !object.metadata.annotations?.[account]
      ? [Rules.required(`metadata.annotations[${account}]`)]
      : none)
  ]
}

export const secret = basic({
  resource: Secret,
  model: "V1Secret",
  defaulted: secretDefaults,
  rules: secretCauses,
  changes: (old, next) => [...Rules.immutable("type", old["type"], next["type"]), ...frozen(old, next, ["data"])],
  columns: [column("Type", ".type")]
})

export const serviceAccount = basic({ resource: ServiceAccount, model: "V1ServiceAccount", shortNames: ["sa"] })

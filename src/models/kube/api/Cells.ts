/**
 * Words that printer columns are made of.
 */
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { since } from "./Age.ts"
import { valueAt } from "./FieldSelector.ts"
import { type Fields, isFields } from "./Types.ts"

export type Cell = string | number | boolean | null | undefined

export const at = (object: unknown, path: string): unknown => valueAt(object, path.split("."))

export const text = (value: unknown, otherwise = ""): string =>
  value === undefined || value === null || value === "" ? otherwise : String(value)

export const list = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.filter(isFields) : [])

export const texts = (value: unknown): ReadonlyArray<string> => (Array.isArray(value) ? value.map(String) : [])

export const nameOf = (object: KubeObject): string => object.metadata.name ?? ""

export const ageOf = (object: KubeObject, now: number): string => since(object.metadata.creationTimestamp, now)

// Uploads: the host grants one, the file goes straight to where it will lie.

import { ApiError, call } from "../session.js";

export const PICTURES = ["image/png", "image/jpeg", "image/webp"];

/** Upload a picture; returns where it lies. Raises ApiError with a sentence for people. */
export async function uploaded(file, destination) {
  if (!PICTURES.includes(file.type)) {
    throw new ApiError(400, "This is no PNG, JPEG or WebP picture.");
  }
  const grant = await call("POST", "/api/v1/uploads/", { destination, content_type: file.type });
  if (file.size > grant.max_bytes) {
    throw new ApiError(413, `The picture has more than ${Math.floor(grant.max_bytes / 1e6)} MB.`);
  }
  const response = await fetch(grant.url, {
    method: grant.method, headers: grant.headers, body: bodyOf(file, grant), credentials: "omit",
  }).catch(() => null);
  if (!response?.ok) throw new ApiError(response?.status ?? 0, "The picture was not taken.");
  return grant.file_url;
}

function bodyOf(file, { method, fields }) {
  if (method === "PUT") return file;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

# One file for the three services: docker build --build-arg SERVICE=ingest -t callbus/ingest .
# SERVICE is ingest, subscription or delivery.
ARG NODE_IMAGE=node:22.21.1-bookworm-slim

# Only the files that decide about the installation, so that a change of any other file does not repeat it.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /manifests
COPY . .
RUN find . -type f ! -name package.json ! -name 'pnpm-*.yaml' -delete \
 && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY --from=manifests /manifests .
RUN npx -y "$(node -p 'require("./package.json").packageManager')" install --frozen-lockfile
COPY . .
# The same for all three services, and so done once.
RUN node scripts/setup.mjs
ARG SERVICE
# Only the service, the packages that it needs, and what they need at run time: the `files` of each package.json.
# The user of the image can read them, whatever the umask of the checkout.
RUN npx -y "$(node -p 'require("./package.json").packageManager')" --filter "@callbus/${SERVICE}" deploy --prod --legacy ./deployed \
 && chmod -R a+rX deployed \
 && test -f deployed/dist/main.js

FROM ${NODE_IMAGE} AS service
ARG SERVICE
LABEL org.opencontainers.image.title="callbus ${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0"
# A fixed port, so that the health check knows it; set PORT to move both.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080
WORKDIR /service
COPY --from=build --chown=root:root /build/deployed .
# The image's own unprivileged user, by number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node is the first process and hears SIGTERM itself; it needs no shell and no init.
# Garbage: more room for young objects than node's 16 MiB, since copying them costs a busy worker time, and all of it from the start;
# an old generation that may grow to two and a half times the live objects (docs/decisions/0053-heap-growing-percent-150.md).
CMD ["node", "--min-semi-space-size=32", "--max-semi-space-size=32", "--heap-growing-percent=150", "dist/main.js"]

# The edge: nginx without privileges, the client's files and its configuration.
ARG NODE_IMAGE=docker.io/library/node:24-alpine@sha256:d32cdf619f63fe0471182d08996dd516c6275bb5fd31ae06e55a570bd9e1ad43
ARG NGINX_IMAGE=docker.io/nginxinc/nginx-unprivileged:1.30.4-alpine-slim@sha256:e88d990b349df8cf4aa82f16642d7a23375016638c9ace4e5c6ca25028e62e65

FROM ${NODE_IMAGE} AS client
WORKDIR /source/client
COPY client/package.json client/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --silent
COPY client ./
RUN npm run --silent build && find dist/assets -type f -exec gzip -9 -n -k {} +

FROM ${NGINX_IMAGE}
ARG NGINX_IMAGE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Wardlight edge" \
    org.opencontainers.image.description="The browser client of Wardlight and the way to its server" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.base.name="${NGINX_IMAGE}"
COPY deploy/nginx deploy/postgresql/certificates.sh /etc/nginx/
COPY --from=client /source/client/dist /usr/share/nginx/html
USER 101:101
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["sh", "/etc/nginx/start.sh", "ready"]
STOPSIGNAL SIGQUIT
ENTRYPOINT ["sh", "/etc/nginx/start.sh"]

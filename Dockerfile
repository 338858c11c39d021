# Two stages: everything to build, then only what runs: Node, the libraries that it is linked with, and Assay. The
# image has no shell, no package manager, no configuration and no secret, and needs no writable file but /tmp.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.client.json ./
COPY scripts ./scripts
COPY src ./src
# The commit that tokens and metrics name: docker build --build-arg COMMIT=$(git rev-parse --short=7 HEAD)
ARG COMMIT=""
RUN npm run --silent build && \
    if test -n "$COMMIT"; then printf '%s\n' "$COMMIT" > build/commit; fi && \
    rm build/.stamp build/.tsbuildinfo && \
    npm prune --omit=dev --ignore-scripts

# The libraries are found by asking the loader. The records of their packages stay, for scanners of images.
WORKDIR /image
RUN mkdir -p usr/local/bin etc var/lib/dpkg/status.d && \
    install -d -m 1777 tmp && \
    cp "$(command -v node)" usr/local/bin/node && \
    ldd usr/local/bin/node | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=. && \
    for package in libc6 libgcc-s1 libstdc++6; do \
      dpkg-query --status "$package" > "var/lib/dpkg/status.d/$package"; \
    done && \
    cp --dereference /etc/os-release etc/os-release && \
    echo 'assay:x:1000:1000:Assay:/app:/usr/sbin/nologin' > etc/passwd && \
    echo 'assay:x:1000:' > etc/group && \
    echo 'hosts: files dns' > etc/nsswitch.conf

FROM scratch
ARG COMMIT=""
LABEL org.opencontainers.image.title="Assay" \
      org.opencontainers.image.description="Remote attestation verification service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$COMMIT"
ENV PATH=/usr/local/bin \
    NODE_ENV=production
COPY --from=build /image /
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/build ./build
COPY package.json LICENSE ./
COPY bin ./bin
COPY certs ./certs
COPY migrations ./migrations
USER 1000:1000
EXPOSE 8080 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/node", "/app/bin/health.js"]
ENTRYPOINT ["/usr/local/bin/node", "/app/bin/assay.js"]
CMD ["serve"]

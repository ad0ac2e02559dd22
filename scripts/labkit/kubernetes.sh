# shellcheck shell=bash
# A Kubernetes API for VNFs of containers: the real kube-apiserver and kube-controller-manager on etcd, and in the place of
# scheduler and kubelet a program that says of each pod that it runs. Debian ships no package of the two, but their source.

KUBERNETES_DAEMONS=(kube-pods kube-controller-manager kube-apiserver kube-etcd) # in the order of stopping
KUBERNETES_PACKAGES=(golang-1.19-go golang-github-modern-go-reflect2-dev etcd-server openssl)
KUBERNETES_PORT=16443
KUBERNETES_URL=https://127.0.0.1:$KUBERNETES_PORT
ETCD_PORT=12379

# kubernetes [stop]: starts it, prints the administrator's kubeconfig
kubernetes() {
  local etc=$LAB/etc/kubernetes daemon
  case $* in
    '') ;;
    stop)
      for daemon in "${KUBERNETES_DAEMONS[@]}"; do stop "$daemon" 10; done
      rm -rf "$LAB/data/kubernetes"
      return
      ;;
    *) usage_error "unknown argument of kubernetes: \`$*\`" ;;
  esac
  check_machine
  take_turn
  mkdir -p "$LAB"/{log,run,tmp,cache} "$LAB/data/kubernetes/etcd" "$etc"
  chmod 700 "$etc" "$LAB/data/kubernetes" "$LAB/data/kubernetes/etcd"
  install_debian_packages "${KUBERNETES_PACKAGES[@]}"
  build_kubernetes
  # Tokens that clusters' VIMs have are signed with these keys.
  [ -e "$etc/admin.kubeconfig" ] || logged kubernetes kubernetes_keys "$etc"
  start_kubernetes "$etc"
  echo "$etc/admin.kubeconfig"
}

# Without the cloud providers, which are half of it; built anew when the recipe has changed.
build_kubernetes() {
  local programs=$LAB/cache/kubernetes recipe=$KIT/kubernetes/build
  if cmp -s "$recipe" "$programs/recipe"; then return; fi
  say "building kube-apiserver and kube-controller-manager from Debian's source (4 minutes, once; log/kubernetes-build.out)"
  logged kubernetes-build nice -n 10 "$recipe" "$LAB/tmp/kubernetes" "$programs"
  cp "$recipe" "$programs/recipe"
}

# kubernetes_keys DIRECTORY
kubernetes_keys() {
  local etc=$1 token name=127.0.0.1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=lab-kubernetes \
    -keyout "$etc/ca.key" -out "$etc/ca.crt"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=kube-apiserver \
    -keyout "$etc/apiserver.key" -out "$etc/apiserver.csr"
  openssl x509 -req -in "$etc/apiserver.csr" -CA "$etc/ca.crt" -CAkey "$etc/ca.key" -CAcreateserial -days 3650 \
    -extfile <(echo "subjectAltName=IP:$name") -out "$etc/apiserver.crt"
  openssl genrsa -out "$etc/accounts.key" 2048
  openssl rsa -in "$etc/accounts.key" -pubout -out "$etc/accounts.pub"
  token=$(head -c 24 /dev/urandom | base64 | tr -d '+/=')
  echo "$token,admin,admin,system:masters" >"$etc/tokens.csv"
  admin_kubeconfig "$token" "$(base64 -w0 "$etc/ca.crt")" >"$etc/admin.kubeconfig.new"
  chmod 600 "$etc"/*
  mv "$etc/admin.kubeconfig.new" "$etc/admin.kubeconfig"
}

# admin_kubeconfig TOKEN CA
admin_kubeconfig() {
  cat <<EOF
apiVersion: v1
kind: Config
current-context: lab
clusters: [{name: lab, cluster: {server: "$KUBERNETES_URL", certificate-authority-data: $2}}]
users: [{name: admin, user: {token: $1}}]
contexts: [{name: lab, context: {cluster: lab, user: admin}}]
EOF
}

# start_kubernetes DIRECTORY
start_kubernetes() {
  local etc=$1 programs=$LAB/cache/kubernetes controllers
  controllers=deployment,replicaset,statefulset,daemonset,job,endpoint,garbagecollector,namespace,serviceaccount,serviceaccount-token
  spawn kube-etcd etcd --name lab --data-dir "$LAB/data/kubernetes/etcd" --listen-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" --listen-peer-urls http://127.0.0.1:0
  await kube-etcd 60 "answered on port $ETCD_PORT" answers "http://127.0.0.1:$ETCD_PORT/health" 200
  spawn kube-apiserver "$programs/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" --bind-address=127.0.0.1 \
    --secure-port="$KUBERNETES_PORT" --advertise-address=192.0.2.1 --endpoint-reconciler-type=none \
    --service-cluster-ip-range=10.96.0.0/16 --authorization-mode=RBAC --anonymous-auth=false \
    --token-auth-file="$etc/tokens.csv" --tls-cert-file="$etc/apiserver.crt" --tls-private-key-file="$etc/apiserver.key" \
    --service-account-key-file="$etc/accounts.pub" --service-account-signing-key-file="$etc/accounts.key" \
    --service-account-issuer=https://kubernetes.default.svc
  await kube-apiserver 120 "was ready at $KUBERNETES_URL" apiserver_ready "$etc"
  spawn kube-controller-manager "$programs/kube-controller-manager" --kubeconfig="$etc/admin.kubeconfig" --leader-elect=false \
    --port=0 --secure-port=0 --service-account-private-key-file="$etc/accounts.key" --root-ca-file="$etc/ca.crt" \
    --controllers="$controllers"
  spawn kube-pods /usr/bin/python3 "$KIT/kubernetes/pods.py" "$KUBERNETES_URL" "$etc/ca.crt" "$etc/tokens.csv"
  # The last thing that a new namespace gets, and without it no pod is admitted.
  await kube-controller-manager 60 "made the service account of the namespace default" \
    kubernetes_has "$etc" /api/v1/namespaces/default/serviceaccounts/default
  say "Kubernetes answers at $KUBERNETES_URL"
}

apiserver_ready() { kubernetes_has "$1" /readyz; }

# kubernetes_has DIRECTORY PATH: the token does not stand in the command
kubernetes_has() {
  local token
  token=$(cut -d, -f1 "$1/tokens.csv")
  curl -sf -o /dev/null -m 5 --cacert "$1/ca.crt" -K - "$KUBERNETES_URL$2" <<<"header = \"Authorization: Bearer $token\""
}

// A Temporal server in memory, on a free loopback port, for tests. The arguments name the namespaces that it has.
// Once they can be used it prints "ready" and its address. It ends when its process is ended.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/temporaltest"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	startLimit = time.Minute
	retention  = 24 * time.Hour
	pause      = 20 * time.Millisecond
)

func main() {
	server := temporaltest.NewServer(temporaltest.WithBaseServerOptions(
		// Caches that are seconds old by default would make tests wait. All limits stay as a server has them.
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
			dynamicconfig.NamespaceCacheRefreshInterval.Key():           50 * time.Millisecond,
			dynamicconfig.TaskQueueInfoByBuildIdTTL.Key():               time.Millisecond,
			// It would ask its makers for newer versions.
			dynamicconfig.EnableServerVersionCheck.Key(): false,
		}),
	))
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	service := server.GetDefaultClient().WorkflowService()
	for _, namespace := range os.Args[1:] {
		if err := addNamespace(ctx, service, namespace); err != nil {
			log.Fatalf("namespace %s: %v", namespace, err)
		}
	}
	fmt.Printf("ready %s\n", server.GetFrontendHostPort())
	select {}
}

// Returns once workflows of the namespace can be counted: servers learn of it with a delay.
func addNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string) error {
	if _, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	}); err != nil {
		return err
	}
	for {
		_, err := service.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace})
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(pause)
	}
}

// A program that makes openai-go's client for Azure with an identity.
package main

import (
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
)

func main() {
	cred, err := azidentity.NewClientSecretCredential("11111111-2222-4333-8444-555555555555", "client", "secret", nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c := openai.NewClient(azure.WithEndpoint("https://resource.openai.azure.com", "2024-10-21"), azure.WithTokenCredential(cred))
	if c.Options == nil {
		os.Exit(1)
	}
}

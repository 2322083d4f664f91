// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TestToken} from "../src/TestToken.sol";
import {Asserts, VM} from "./support/Vm.sol";

contract TokenTest is Asserts {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// All of the supply is the deployer's, and there is no way to more.
    function testFuzz_TheSupplyIsTheDeployers(address deployer, uint256 supply) external {
        VM.assume(deployer != address(0));
        VM.prank(deployer);
        TestToken token = new TestToken("Test", "TST", supply);
        same(token.totalSupply(), supply, "supply");
        same(token.balanceOf(deployer), supply, "deployer's");
        same(token.name(), "Test", "name");
        same(token.symbol(), "TST", "symbol");
        same(token.decimals(), 18, "decimals");
    }

    function testFuzz_Permit(uint256 value, address spender) external {
        VM.assume(spender != address(0));
        TestToken token = new TestToken("Test", "TST", 1);
        address owner = VM.addr(7);
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(7, digest);
        token.permit(owner, spender, value, block.timestamp, v, r, s);
        same(token.allowance(owner, spender), value, "allowance");
    }
}
